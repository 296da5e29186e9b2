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

CREATE TRIGGER seal_follows_the_one_before BEFORE INSERT ON seal
WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM seal)
  OR NEW.first_entry <> (SELECT COALESCE(MAX(last_entry), 0) + 1 FROM seal)
  OR NEW.last_entry > (SELECT COALESCE(MAX(entry_id), 0) FROM entry)
BEGIN SELECT RAISE(ABORT, 'a seal follows the one before it without a gap'); END;

CREATE TRIGGER seal_is_never_changed BEFORE UPDATE ON seal
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;

CREATE TRIGGER seal_is_never_deleted BEFORE DELETE ON seal
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;

-- The last number ever given to an entry: a check finds missing newest entries by it.
CREATE VIEW last_issued_entry AS SELECT seq AS entry_id FROM sqlite_sequence WHERE name = 'entry';
