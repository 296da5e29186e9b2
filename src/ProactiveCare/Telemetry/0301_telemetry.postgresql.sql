-- One sequence numbers every telemetry row of every kind, so that a job's cursor is one number. Here many write at
-- once, and a number taken before the commit could be overtaken by a cursor: rows commit without one, and
-- number_arrivals gives the committed ones theirs. A revised row loses its number and gets a new one.
CREATE TABLE arrival (
  single BIGINT PRIMARY KEY DEFAULT 1 CHECK (single = 1),
  last   BIGINT NOT NULL
);
INSERT INTO arrival (last) VALUES (0);

CREATE TABLE session (
  row_id                       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  arrival                      BIGINT UNIQUE,
  source                       TEXT COLLATE "C" NOT NULL,
  session_id                   TEXT COLLATE "C" NOT NULL,
  customer_id                  TEXT COLLATE "C" NOT NULL,
  purchase_id                  TEXT COLLATE "C",
  content_id                   TEXT COLLATE "C" NOT NULL,
  title                        TEXT COLLATE "C" NOT NULL,
  started_at                   BIGINT NOT NULL,
  ended_at                     BIGINT NOT NULL,
  watch_seconds                DOUBLE PRECISION NOT NULL,
  stall_seconds                DOUBLE PRECISION NOT NULL,
  stall_count                  BIGINT NOT NULL,
  longest_stall_seconds        DOUBLE PRECISION,
  last_stall_seconds_before_end DOUBLE PRECISION,
  startup_seconds              DOUBLE PRECISION,
  avg_bitrate_kbps             DOUBLE PRECISION,
  required_kbps                DOUBLE PRECISION,
  throughput_kbps              DOUBLE PRECISION,
  startup_failed               BIGINT NOT NULL CHECK (startup_failed IN (0, 1)),
  failure_cause                TEXT COLLATE "C",
  cdn                          TEXT COLLATE "C",
  isp                          TEXT COLLATE "C",
  region                       TEXT COLLATE "C",
  device                       TEXT COLLATE "C",
  content_hash                 BYTEA NOT NULL,
  revision                     BIGINT NOT NULL DEFAULT 1,
  received_at                  BIGINT NOT NULL,
  UNIQUE (session_id, source)
);

CREATE INDEX session_unnumbered ON session (row_id) WHERE arrival IS NULL;
CREATE INDEX session_purchase ON session (purchase_id) WHERE purchase_id IS NOT NULL;
CREATE INDEX session_viewing ON session (customer_id, title, started_at) WHERE purchase_id IS NULL;

CREATE TABLE event (
  row_id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  arrival      BIGINT UNIQUE,
  source       TEXT COLLATE "C" NOT NULL,
  event_id     TEXT COLLATE "C" NOT NULL,
  kind         TEXT COLLATE "C" NOT NULL,
  customer_id  TEXT COLLATE "C" NOT NULL,
  subject      TEXT COLLATE "C" NOT NULL,
  occurred_at  BIGINT NOT NULL,
  data         TEXT COLLATE "C" NOT NULL CHECK (is_json(data)),
  content_hash BYTEA NOT NULL,
  revision     BIGINT NOT NULL DEFAULT 1,
  received_at  BIGINT NOT NULL,
  UNIQUE (event_id, source)
);

CREATE INDEX event_unnumbered ON event (row_id) WHERE arrival IS NULL;
CREATE INDEX event_subject ON event (kind, subject);

CREATE TABLE contact (
  row_id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  arrival      BIGINT UNIQUE,
  source       TEXT COLLATE "C" NOT NULL,
  contact_id   TEXT COLLATE "C" NOT NULL,
  customer_id  TEXT COLLATE "C" NOT NULL,
  contacted_at BIGINT NOT NULL,
  topic        TEXT COLLATE "C" NOT NULL,
  content_hash BYTEA NOT NULL,
  revision     BIGINT NOT NULL DEFAULT 1,
  received_at  BIGINT NOT NULL,
  UNIQUE (contact_id, source)
);

CREATE INDEX contact_unnumbered ON contact (row_id) WHERE arrival IS NULL;
CREATE INDEX contact_customer ON contact (customer_id, contacted_at);

-- One row a message; the hazard it speaks of is its event_key. Messages refer to each other by id alone, so that comes
-- first in the key.
CREATE TABLE alert (
  row_id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  arrival      BIGINT UNIQUE,
  source       TEXT COLLATE "C" NOT NULL,
  alert_id     TEXT COLLATE "C" NOT NULL,
  event_key    TEXT COLLATE "C" NOT NULL,
  event        TEXT COLLATE "C" NOT NULL,
  status       TEXT COLLATE "C" NOT NULL,
  message_type TEXT COLLATE "C" NOT NULL,
  severity     TEXT COLLATE "C" NOT NULL,
  urgency      TEXT COLLATE "C" NOT NULL,
  certainty    TEXT COLLATE "C" NOT NULL,
  response     TEXT COLLATE "C",
  event_codes  TEXT COLLATE "C" NOT NULL CHECK (is_json(event_codes)),
  vtec_action  TEXT COLLATE "C",
  vtec_class   TEXT COLLATE "C",
  sent_at      BIGINT NOT NULL,
  onset_at     BIGINT NOT NULL,
  expires_at   BIGINT,
  ends_at      BIGINT,
  area         TEXT COLLATE "C" NOT NULL,
  headline     TEXT COLLATE "C",
  description  TEXT COLLATE "C",
  instruction  TEXT COLLATE "C",
  codes        TEXT COLLATE "C" NOT NULL CHECK (is_json(codes)),
  polygon      TEXT COLLATE "C",
  content_hash BYTEA NOT NULL,
  revision     BIGINT NOT NULL DEFAULT 1,
  received_at  BIGINT NOT NULL,
  UNIQUE (alert_id, source)
);

CREATE INDEX alert_unnumbered ON alert (row_id) WHERE arrival IS NULL;
CREATE INDEX alert_event ON alert (event_key);

-- Gives the next numbers to at most so many committed rows that have none, and says to how many. The lock comes first,
-- in a statement of its own: each later statement sees all that was committed before it began, and so all that whoever
-- held the lock before has numbered. A row that somebody is just revising is left for the next time: nobody waits for
-- it, or with it. Each row is looked up by its key: other plans walk through all that is stored, whatever the
-- statistics of the hour promise.
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

-- Which earlier messages a message takes the place of.
CREATE TABLE alert_reference (
  earlier_id TEXT COLLATE "C" NOT NULL,
  later_id   TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (earlier_id, later_id)
);

CREATE INDEX alert_reference_later ON alert_reference (later_id);

-- Who may send telemetry by itself; its name is the source of its rows. Only the SHA-256 of a key is known here.
CREATE TABLE producer (
  producer_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  name        TEXT COLLATE "C" NOT NULL UNIQUE,
  actor_id    BIGINT NOT NULL REFERENCES actor,
  created_at  BIGINT NOT NULL,
  disabled_at BIGINT
);

CREATE TABLE producer_key (
  key_hash    BYTEA NOT NULL PRIMARY KEY CHECK (length(key_hash) = 32),
  producer_id BIGINT NOT NULL REFERENCES producer,
  made_at     BIGINT NOT NULL,
  ends_at     BIGINT
);

-- One row a file; what a producer posts is counted by kind and hour, because a row a request would outweigh the
-- telemetry.
CREATE TABLE import (
  import_id   BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  kind        TEXT COLLATE "C" NOT NULL,
  source      TEXT COLLATE "C" NOT NULL,
  file        TEXT COLLATE "C" NOT NULL,
  actor_id    BIGINT NOT NULL REFERENCES actor,
  started_at  BIGINT NOT NULL,
  finished_at BIGINT,
  posted_hour BIGINT,
  received    BIGINT NOT NULL DEFAULT 0,
  stored      BIGINT NOT NULL DEFAULT 0,
  revised     BIGINT NOT NULL DEFAULT 0,
  duplicate   BIGINT NOT NULL DEFAULT 0,
  quarantined BIGINT NOT NULL DEFAULT 0,
  CHECK (received = stored + revised + duplicate + quarantined)
);

CREATE UNIQUE INDEX import_posted ON import (source, kind, posted_hour) WHERE posted_hour IS NOT NULL;

CREATE TABLE quarantine (
  quarantine_id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  import_id     BIGINT NOT NULL REFERENCES import,
  line          BIGINT NOT NULL,
  reason        TEXT COLLATE "C" NOT NULL,
  content       TEXT COLLATE "C" NOT NULL
);

CREATE INDEX quarantine_import ON quarantine (import_id);
