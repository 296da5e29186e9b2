-- The postings of an entry come first; the row of the entry closes them, so that the database can refuse one that does
-- not balance.
CREATE TABLE entry (
  entry_id  INTEGER PRIMARY KEY AUTOINCREMENT,
  posted_at INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  key       TEXT NOT NULL UNIQUE,
  actor_id  INTEGER NOT NULL REFERENCES actor,
  case_id   INTEGER,
  credit_id INTEGER,
  memo      TEXT NOT NULL
) STRICT;

-- Debits are positive, credits negative.
CREATE TABLE posting (
  entry_id     INTEGER NOT NULL REFERENCES entry DEFERRABLE INITIALLY DEFERRED,
  line         INTEGER NOT NULL CHECK (line >= 1),
  account      TEXT NOT NULL CHECK (account GLOB '[a-z]*' AND account NOT GLOB '*[^a-z0-9:-]*'),
  amount_minor INTEGER NOT NULL CHECK (amount_minor <> 0),
  currency     TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
  PRIMARY KEY (entry_id, line)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER posting_belongs_to_an_entry_to_be_written BEFORE INSERT ON posting
WHEN NEW.entry_id <= (SELECT MAX(entry_id) FROM entry)
BEGIN SELECT RAISE(ABORT, 'a ledger entry is closed once it is written'); END;

CREATE TRIGGER entry_balances BEFORE INSERT ON entry
BEGIN
  SELECT RAISE(ABORT, 'ledger entries are numbered without gaps and never replaced')
  WHERE NEW.entry_id <> (SELECT COALESCE(MAX(entry_id), 0) + 1 FROM entry)
     OR EXISTS (SELECT 1 FROM entry WHERE key = NEW.key);
  SELECT RAISE(ABORT, 'a ledger entry has at least two postings')
  WHERE (SELECT COUNT(*) FROM posting WHERE entry_id = NEW.entry_id) < 2;
  SELECT RAISE(ABORT, 'a ledger entry balances in every currency')
  WHERE EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.entry_id GROUP BY currency HAVING SUM(amount_minor) <> 0);
END;

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only; correct it by a reversal'); END;

CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only; correct it by a reversal'); END;

CREATE TRIGGER posting_is_never_changed BEFORE UPDATE ON posting
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only; correct it by a reversal'); END;

CREATE TRIGGER posting_is_never_deleted BEFORE DELETE ON posting
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only; correct it by a reversal'); END;

-- A batch of entries, hash-chained: hash = SHA-256 of the previous hash and the digests, one SHA-256 for each entry's
-- text.
CREATE TABLE seal (
  seq         INTEGER PRIMARY KEY,
  first_entry INTEGER NOT NULL,
  last_entry  INTEGER NOT NULL,
  entries     INTEGER NOT NULL CHECK (entries > 0 AND entries = last_entry - first_entry + 1),
  digests     BLOB NOT NULL CHECK (length(digests) = 32 * entries),
  hash        BLOB NOT NULL CHECK (length(hash) = 32),
  sealed_at   INTEGER NOT NULL
) STRICT;

CREATE TRIGGER seal_follows_the_one_before BEFORE INSERT ON seal
WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM seal)
  OR NEW.first_entry <> (SELECT COALESCE(MAX(last_entry), 0) + 1 FROM seal)
  OR NEW.last_entry > (SELECT COALESCE(MAX(entry_id), 0) FROM entry)
BEGIN SELECT RAISE(ABORT, 'a seal follows the one before it without a gap'); END;

CREATE TRIGGER seal_is_never_changed BEFORE UPDATE ON seal
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;

CREATE TRIGGER seal_is_never_deleted BEFORE DELETE ON seal
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
