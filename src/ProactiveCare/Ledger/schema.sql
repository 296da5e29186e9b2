-- The postings of an entry are inserted first; the row of the entry closes them, so that the database can refuse an
-- entry that does not balance.
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
  account      TEXT NOT NULL CHECK (
    substr(account, 1, 1) BETWEEN 'a' AND 'z' AND ltrim(account, 'abcdefghijklmnopqrstuvwxyz0123456789:-') = ''),
  amount_minor INTEGER NOT NULL CHECK (amount_minor <> 0),
  currency     TEXT NOT NULL CHECK (
    length(currency) = 3 AND ltrim(currency, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') = ''),
  PRIMARY KEY (entry_id, line)
) STRICT, WITHOUT ROWID;

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
