-- The postings of an entry come first; the row of the entry closes them, so that the database can refuse one that does
-- not balance.
CREATE TABLE entry (
  entry_id  BIGINT PRIMARY KEY,
  posted_at BIGINT NOT NULL,
  kind      TEXT COLLATE "C" NOT NULL,
  key       TEXT COLLATE "C" NOT NULL UNIQUE,
  actor_id  BIGINT NOT NULL REFERENCES actor,
  case_id   BIGINT,
  credit_id BIGINT,
  memo      TEXT COLLATE "C" NOT NULL
);

-- Debits are positive, credits negative.
CREATE TABLE posting (
  entry_id     BIGINT NOT NULL REFERENCES entry DEFERRABLE INITIALLY DEFERRED,
  line         BIGINT NOT NULL CHECK (line >= 1),
  account      TEXT COLLATE "C" NOT NULL CHECK (account ~ '^[a-z][a-z0-9:-]*$'),
  amount_minor BIGINT NOT NULL CHECK (amount_minor <> 0),
  currency     TEXT COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z][A-Z][A-Z]$'),
  PRIMARY KEY (entry_id, line)
);

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

-- What SQLite keeps by itself in sqlite_sequence: the last number ever given, by which a check notices that the newest
-- entries are gone. A row an entry, because one row for all would be rewritten thousands of times in a transaction; a
-- seal bears witness of what it covers, so those rows go.
CREATE TABLE entry_issued (
  entry_id BIGINT PRIMARY KEY
);

CREATE VIEW sqlite_sequence AS SELECT 'entry' AS name, MAX(entry_id) AS seq FROM entry_issued;

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

-- A batch of entries, hash-chained: hash = SHA-256 of the previous hash and the digests, one SHA-256 for each entry's
-- text.
CREATE TABLE seal (
  seq         BIGINT PRIMARY KEY,
  first_entry BIGINT NOT NULL,
  last_entry  BIGINT NOT NULL,
  entries     BIGINT NOT NULL CHECK (entries > 0 AND entries = last_entry - first_entry + 1),
  digests     BYTEA NOT NULL CHECK (length(digests) = 32 * entries),
  hash        BYTEA NOT NULL CHECK (length(hash) = 32),
  sealed_at   BIGINT NOT NULL
);

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
