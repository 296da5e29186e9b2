CREATE TABLE job (
  job_id           TEXT PRIMARY KEY,
  proposed_version TEXT NOT NULL,
  folder           TEXT NOT NULL,
  owner            TEXT NOT NULL,
  first_seen_at    INTEGER NOT NULL,
  present          INTEGER NOT NULL DEFAULT 1 CHECK (present IN (0, 1)),
  problem          TEXT
) STRICT;

-- Every version ever used is kept: the bytes of its files, as a JSON object of base64 texts.
CREATE TABLE job_version (
  job_id      TEXT NOT NULL,
  version     TEXT NOT NULL,
  files       TEXT NOT NULL CHECK (json_valid(files)),
  proposed_at INTEGER NOT NULL,
  PRIMARY KEY (job_id, version)
) STRICT, WITHOUT ROWID;

-- The newest activation of a job is the version that acts.
CREATE TABLE activation (
  activation_id INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id        TEXT NOT NULL,
  version       TEXT NOT NULL,
  actor_id      INTEGER NOT NULL REFERENCES actor,
  at            INTEGER NOT NULL,
  would_cost    TEXT NOT NULL,
  FOREIGN KEY (job_id, version) REFERENCES job_version
) STRICT;

CREATE INDEX activation_job ON activation (job_id, activation_id);

-- Pause: no runs. Andon: runs continue, and nothing approved is paid.
CREATE TABLE job_stop (
  stop_id      INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id       TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('pause', 'andon')),
  reason       TEXT NOT NULL,
  actor_id     INTEGER NOT NULL REFERENCES actor,
  at           INTEGER NOT NULL,
  until_at     INTEGER,
  ended_at     INTEGER,
  ended_by     INTEGER REFERENCES actor
) STRICT;

CREATE INDEX job_stop_kind ON job_stop (job_id, kind);
CREATE UNIQUE INDEX job_stop_once ON job_stop (kind, job_id) WHERE ended_at IS NULL;

CREATE TABLE cursor (
  job_id   TEXT NOT NULL,
  mode     TEXT NOT NULL CHECK (mode IN ('live', 'shadow')),
  store_id TEXT NOT NULL,
  arrival  INTEGER NOT NULL,
  moved_at INTEGER NOT NULL,
  PRIMARY KEY (job_id, mode)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  run_id      INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id      TEXT NOT NULL,
  version     TEXT NOT NULL,
  mode        TEXT NOT NULL CHECK (mode IN ('live', 'shadow')),
  cause       TEXT NOT NULL CHECK (cause IN ('schedule', 'manual', 'backfill')),
  actor_id    INTEGER NOT NULL REFERENCES actor,
  after       INTEGER NOT NULL,
  upto        INTEGER NOT NULL,
  next_cursor INTEGER NOT NULL,
  since_at    INTEGER NOT NULL,
  now_at      INTEGER NOT NULL,
  left_out    INTEGER NOT NULL DEFAULT 0,
  state       TEXT NOT NULL CHECK (state IN ('stored', 'staged', 'completed', 'failed')),
  found       INTEGER NOT NULL DEFAULT 0,
  decided     INTEGER NOT NULL DEFAULT 0,
  new_cases   INTEGER NOT NULL DEFAULT 0,
  error       TEXT,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER,
  -- The node that detects, the end of its lease, and how often the lease changed owners.
  node           TEXT,
  fence          INTEGER NOT NULL DEFAULT 0,
  lease_until_at INTEGER
) STRICT;

CREATE INDEX run_job ON run (job_id, mode, run_id);
CREATE INDEX run_finished ON run (finished_at) WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX run_at_a_time ON run (job_id, mode) WHERE state IN ('stored', 'staged');

-- The findings of a run that are not all decided.
CREATE TABLE finding (
  run_id        INTEGER NOT NULL REFERENCES run,
  number        INTEGER NOT NULL,
  subject       TEXT NOT NULL,
  customer_id   TEXT NOT NULL,
  service_event TEXT NOT NULL,
  occurred_at   INTEGER NOT NULL,
  amount_basis  INTEGER,
  in_doubt      INTEGER NOT NULL CHECK (in_doubt IN (0, 1)),
  purchase_id   TEXT,
  evidence      TEXT NOT NULL CHECK (json_valid(evidence)),
  PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;

-- The findings of a run in pieces, each decided by one node at a time.
CREATE TABLE run_shard (
  run_id         INTEGER NOT NULL REFERENCES run,
  shard          INTEGER NOT NULL,
  next_number    INTEGER NOT NULL,
  last_number    INTEGER NOT NULL,
  node           TEXT,
  fence          INTEGER NOT NULL DEFAULT 0,
  lease_until_at INTEGER,
  PRIMARY KEY (run_id, shard)
) STRICT, WITHOUT ROWID;

-- A job or its telemetry went silent, or a job's folder is wrong; the alarm is open while ended_at is null.
CREATE TABLE alarm (
  alarm_id  INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id    TEXT NOT NULL,
  kind      TEXT NOT NULL,
  message   TEXT NOT NULL,
  raised_at INTEGER NOT NULL,
  ended_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX alarm_once ON alarm (job_id, kind) WHERE ended_at IS NULL;
