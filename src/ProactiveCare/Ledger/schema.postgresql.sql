-- The journal numbers its entries itself, without gaps.
ALTER TABLE entry ALTER entry_id DROP IDENTITY;

CREATE FUNCTION posting_belongs_to_an_entry_to_be_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.entry_id <= (SELECT MAX(entry_id) FROM entry) THEN
    RAISE EXCEPTION 'a ledger entry is closed once it is written';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER posting_belongs_to_an_entry_to_be_written BEFORE INSERT ON posting
FOR EACH ROW EXECUTE FUNCTION posting_belongs_to_an_entry_to_be_written();

CREATE FUNCTION entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.entry_id <> (SELECT COALESCE(MAX(entry_id), 0) + 1 FROM entry)
      OR EXISTS (SELECT 1 FROM entry WHERE key = NEW.key) THEN
    RAISE EXCEPTION 'ledger entries are numbered without gaps and never replaced';
  END IF;
  IF (SELECT COUNT(*) FROM posting WHERE entry_id = NEW.entry_id) < 2 THEN
    RAISE EXCEPTION 'a ledger entry has at least two postings';
  END IF;
  IF EXISTS (
      SELECT 1 FROM posting WHERE entry_id = NEW.entry_id GROUP BY currency HAVING SUM(amount_minor) <> 0) THEN
    RAISE EXCEPTION 'a ledger entry balances in every currency';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER entry_balances BEFORE INSERT ON entry
FOR EACH ROW EXECUTE FUNCTION entry_balances();

-- The numbers given to entries: a check finds missing newest entries by the last one. One row per entry, because a
-- single row would be rewritten thousands of times in a transaction; a seal proves its entries, so their rows are
-- deleted.
CREATE TABLE entry_issued (
  entry_id BIGINT PRIMARY KEY
);

CREATE VIEW last_issued_entry AS SELECT MAX(entry_id) AS entry_id FROM entry_issued;

CREATE FUNCTION entry_is_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO entry_issued (entry_id) VALUES (NEW.entry_id);
  RETURN NULL;
END $$;

CREATE TRIGGER entry_is_issued AFTER INSERT ON entry
FOR EACH ROW EXECUTE FUNCTION entry_is_issued();

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
FOR EACH ROW EXECUTE FUNCTION refuse('the ledger is append-only; correct it by a reversal');

CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
FOR EACH ROW EXECUTE FUNCTION refuse('the ledger is append-only; correct it by a reversal');

CREATE TRIGGER entry_is_never_emptied BEFORE TRUNCATE ON entry
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the ledger is append-only; correct it by a reversal');

CREATE TRIGGER posting_is_never_changed BEFORE UPDATE ON posting
FOR EACH ROW EXECUTE FUNCTION refuse('the ledger is append-only; correct it by a reversal');

CREATE TRIGGER posting_is_never_deleted BEFORE DELETE ON posting
FOR EACH ROW EXECUTE FUNCTION refuse('the ledger is append-only; correct it by a reversal');

CREATE TRIGGER posting_is_never_emptied BEFORE TRUNCATE ON posting
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the ledger is append-only; correct it by a reversal');

CREATE FUNCTION seal_follows_the_one_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM seal)
      OR NEW.first_entry <> (SELECT COALESCE(MAX(last_entry), 0) + 1 FROM seal)
      OR NEW.last_entry > (SELECT COALESCE(MAX(entry_id), 0) FROM entry) THEN
    RAISE EXCEPTION 'a seal follows the one before it without a gap';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER seal_follows_the_one_before BEFORE INSERT ON seal
FOR EACH ROW EXECUTE FUNCTION seal_follows_the_one_before();

CREATE FUNCTION seal_bears_witness() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM entry_issued WHERE entry_id < NEW.last_entry;
  RETURN NULL;
END $$;

CREATE TRIGGER seal_bears_witness AFTER INSERT ON seal
FOR EACH ROW EXECUTE FUNCTION seal_bears_witness();

CREATE TRIGGER seal_is_never_changed BEFORE UPDATE ON seal
FOR EACH ROW EXECUTE FUNCTION refuse('seals are append-only');

CREATE TRIGGER seal_is_never_deleted BEFORE DELETE ON seal
FOR EACH ROW EXECUTE FUNCTION refuse('seals are append-only');

CREATE TRIGGER seal_is_never_emptied BEFORE TRUNCATE ON seal
FOR EACH STATEMENT EXECUTE FUNCTION refuse('seals are append-only');
