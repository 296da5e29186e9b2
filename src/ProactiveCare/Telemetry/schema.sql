-- One sequence numbers the telemetry rows of all kinds, so that a job's cursor is one number. SQLite numbers a batch in
-- the transaction that stores it, PostgreSQL after its commit; a revised row gets a new number.
CREATE TABLE arrival (
  single INTEGER PRIMARY KEY DEFAULT 1 CHECK (single = 1),
  last   INTEGER NOT NULL
) STRICT;
INSERT INTO arrival (last) VALUES (0);

CREATE TABLE session (
  arrival                      INTEGER PRIMARY KEY,
  source                       TEXT NOT NULL,
  session_id                   TEXT NOT NULL,
  customer_id                  TEXT NOT NULL,
  purchase_id                  TEXT,
  content_id                   TEXT NOT NULL,
  title                        TEXT NOT NULL,
  started_at                   INTEGER NOT NULL,
  ended_at                     INTEGER NOT NULL,
  watch_seconds                REAL NOT NULL,
  stall_seconds                REAL NOT NULL,
  stall_count                  INTEGER NOT NULL,
  longest_stall_seconds        REAL,
  last_stall_seconds_before_end REAL,
  startup_seconds              REAL,
  content_seconds              REAL,
  avg_bitrate_kbps             REAL,
  required_kbps                REAL,
  throughput_kbps              REAL,
  startup_failed               INTEGER NOT NULL CHECK (startup_failed IN (0, 1)),
  failure_cause                TEXT,
  cdn                          TEXT,
  isp                          TEXT,
  region                       TEXT,
  device                       TEXT,
  -- 05:00 to 05:00 where the customer lives, as 2026-03-14; set with the arrival number.
  viewing_day                  TEXT,
  content_hash                 BLOB NOT NULL,
  revision                     INTEGER NOT NULL DEFAULT 1,
  received_at                  INTEGER NOT NULL,
  UNIQUE (session_id, source)
) STRICT;

CREATE INDEX session_purchase ON session (purchase_id) WHERE purchase_id IS NOT NULL;
CREATE INDEX session_viewing ON session (customer_id, title, viewing_day) WHERE purchase_id IS NULL;

CREATE TABLE event (
  arrival      INTEGER PRIMARY KEY,
  source       TEXT NOT NULL,
  event_id     TEXT NOT NULL,
  kind         TEXT NOT NULL,
  customer_id  TEXT NOT NULL,
  subject      TEXT NOT NULL,
  occurred_at  INTEGER NOT NULL,
  data         TEXT NOT NULL CHECK (json_valid(data)),
  content_hash BLOB NOT NULL,
  revision     INTEGER NOT NULL DEFAULT 1,
  received_at  INTEGER NOT NULL,
  UNIQUE (event_id, source)
) STRICT;

CREATE INDEX event_subject ON event (kind, subject);

CREATE TABLE contact (
  arrival      INTEGER PRIMARY KEY,
  source       TEXT NOT NULL,
  contact_id   TEXT NOT NULL,
  customer_id  TEXT NOT NULL,
  contacted_at INTEGER NOT NULL,
  topic        TEXT NOT NULL,
  content_hash BLOB NOT NULL,
  revision     INTEGER NOT NULL DEFAULT 1,
  received_at  INTEGER NOT NULL,
  UNIQUE (contact_id, source)
) STRICT;

CREATE INDEX contact_customer ON contact (customer_id, contacted_at);

-- One row per message; event_key names its hazard. Messages refer to each other by id alone, so the id comes first in
-- the key.
CREATE TABLE alert (
  arrival      INTEGER PRIMARY KEY,
  source       TEXT NOT NULL,
  alert_id     TEXT NOT NULL,
  event_key    TEXT NOT NULL,
  event        TEXT NOT NULL,
  status       TEXT NOT NULL,
  message_type TEXT NOT NULL,
  severity     TEXT NOT NULL,
  urgency      TEXT NOT NULL,
  certainty    TEXT NOT NULL,
  response     TEXT,
  event_codes  TEXT NOT NULL CHECK (json_valid(event_codes)),
  vtec_action  TEXT,
  vtec_class   TEXT,
  sent_at      INTEGER NOT NULL,
  onset_at     INTEGER NOT NULL,
  expires_at   INTEGER,
  ends_at      INTEGER,
  area         TEXT NOT NULL,
  headline     TEXT,
  description  TEXT,
  instruction  TEXT,
  codes        TEXT NOT NULL CHECK (json_valid(codes)),
  polygon      TEXT,
  content_hash BLOB NOT NULL,
  revision     INTEGER NOT NULL DEFAULT 1,
  received_at  INTEGER NOT NULL,
  UNIQUE (alert_id, source)
) STRICT;

CREATE INDEX alert_event ON alert (event_key);

-- The earlier messages that a message replaces.
CREATE TABLE alert_reference (
  earlier_id TEXT NOT NULL,
  later_id   TEXT NOT NULL,
  PRIMARY KEY (earlier_id, later_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX alert_reference_later ON alert_reference (later_id);

-- A system that posts telemetry; its name is the source of its rows. Only the SHA-256 of a key is stored.
CREATE TABLE producer (
  producer_id INTEGER PRIMARY KEY AUTOINCREMENT,
  name        TEXT NOT NULL UNIQUE,
  actor_id    INTEGER NOT NULL REFERENCES actor,
  role        TEXT NOT NULL CHECK (role IN ('producer', 'viewer')),
  created_at  INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT;

CREATE TABLE producer_key (
  key_hash    BLOB NOT NULL PRIMARY KEY CHECK (length(key_hash) = 32),
  producer_id INTEGER NOT NULL REFERENCES producer,
  made_at     INTEGER NOT NULL,
  ends_at     INTEGER
) STRICT, WITHOUT ROWID;

-- One row per file; posted rows are counted by kind and hour, because a row per request would outweigh the telemetry.
CREATE TABLE import (
  import_id   INTEGER PRIMARY KEY AUTOINCREMENT,
  kind        TEXT NOT NULL,
  source      TEXT NOT NULL,
  file        TEXT NOT NULL,
  actor_id    INTEGER NOT NULL REFERENCES actor,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER,
  posted_hour INTEGER,
  received    INTEGER NOT NULL DEFAULT 0,
  stored      INTEGER NOT NULL DEFAULT 0,
  revised     INTEGER NOT NULL DEFAULT 0,
  duplicate   INTEGER NOT NULL DEFAULT 0,
  quarantined INTEGER NOT NULL DEFAULT 0,
  CHECK (received = stored + revised + duplicate + quarantined)
) STRICT;

CREATE INDEX import_started ON import (started_at);
CREATE UNIQUE INDEX import_posted ON import (source, kind, posted_hour) WHERE posted_hour IS NOT NULL;

-- The rows that imports set aside, byte for byte, with the header that names their fields: they can be read again.
CREATE TABLE quarantine (
  quarantine_id INTEGER PRIMARY KEY AUTOINCREMENT,
  import_id     INTEGER NOT NULL REFERENCES import,
  at            INTEGER NOT NULL,
  line          INTEGER NOT NULL,
  state         TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'stored', 'replaced')),
  reason        TEXT NOT NULL,
  header        TEXT,
  content       BLOB NOT NULL,
  is_whole      INTEGER NOT NULL CHECK (is_whole IN (0, 1)),
  ended_at      INTEGER,
  CHECK ((state = 'open') = (ended_at IS NULL))
) STRICT;

CREATE INDEX quarantine_import ON quarantine (import_id);
CREATE INDEX quarantine_open ON quarantine (at) WHERE state = 'open';
