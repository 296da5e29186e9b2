-- Many transactions write at once, and a cursor could overtake a number that was taken before the commit: rows commit
-- without a number, and number_arrivals numbers the committed ones. A revised row loses its number and gets a new one.
DO $$
DECLARE kind TEXT;
BEGIN
  FOREACH kind IN ARRAY ARRAY['alert', 'contact', 'event', 'session'] LOOP
    EXECUTE format(
      'ALTER TABLE %1$I DROP CONSTRAINT %2$I, ALTER arrival DROP NOT NULL, ADD UNIQUE (arrival),
         ADD row_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
       CREATE INDEX %3$I ON %1$I (row_id) WHERE arrival IS NULL',
      kind, kind || '_pkey', kind || '_unnumbered');
  END LOOP;
END $$;

-- The first unnumbered rows of each kind: they stay the first while nothing is numbered.
CREATE VIEW unnumbered AS
(SELECT received_at FROM alert WHERE arrival IS NULL ORDER BY row_id LIMIT 1000)
UNION ALL
(SELECT received_at FROM contact WHERE arrival IS NULL ORDER BY row_id LIMIT 1000)
UNION ALL
(SELECT received_at FROM event WHERE arrival IS NULL ORDER BY row_id LIMIT 1000)
UNION ALL
(SELECT received_at FROM session WHERE arrival IS NULL ORDER BY row_id LIMIT 1000);

-- Numbers at most so many committed rows without a number, and returns how many it numbered. The lock is a statement of
-- its own and comes first: each later statement sees everything committed before it began, and so everything that the
-- previous owner of the lock numbered. A row under revision is left for the next call: nobody waits for it. Each row is
-- looked up by its key: other plans scan whole tables, whatever the current statistics promise.
CREATE FUNCTION number_arrivals(most BIGINT) RETURNS BIGINT LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
  kind TEXT;
  before BIGINT;
  chosen BIGINT;
  done BIGINT;
  numbered BIGINT := 0;
BEGIN
  SELECT last INTO STRICT before FROM arrival FOR UPDATE;
  FOREACH kind IN ARRAY ARRAY['alert', 'contact', 'event', 'session'] LOOP
    EXECUTE format(
      'WITH unnumbered AS MATERIALIZED (
         SELECT row_id FROM %1$I WHERE arrival IS NULL ORDER BY row_id LIMIT $1 FOR UPDATE SKIP LOCKED),
       queue AS MATERIALIZED (
         SELECT row_id, $2 + row_number() OVER (ORDER BY row_id) AS number FROM unnumbered),
       done AS (
         UPDATE %1$I SET arrival = number FROM queue WHERE %1$I.row_id = queue.row_id RETURNING 1)
       SELECT (SELECT COUNT(*) FROM queue), (SELECT COUNT(*) FROM done)', kind)
    INTO STRICT chosen, done USING most - numbered, before + numbered;
    IF done <> chosen THEN
      RAISE EXCEPTION 'arrival numbers have no gaps: of % rows in % only % took theirs', chosen, kind, done;
    END IF;
    numbered := numbered + done;
  END LOOP;
  IF numbered > 0 THEN
    UPDATE arrival SET last = before + numbered;
  END IF;
  RETURN numbered;
END $$;
