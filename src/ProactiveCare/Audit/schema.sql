-- The author of an action. A person is found by the operating-system user of the command line; a job version, a gateway
-- or a producer by its name.
CREATE TABLE actor (
  actor_id    INTEGER PRIMARY KEY AUTOINCREMENT,
  kind        TEXT NOT NULL CHECK (kind IN ('user', 'job', 'gateway', 'producer', 'system')),
  name        TEXT NOT NULL,
  os_user     TEXT UNIQUE,
  email       TEXT,
  roles       TEXT NOT NULL DEFAULT '',
  created_at  INTEGER NOT NULL,
  disabled_at INTEGER,
  UNIQUE (kind, name)
) STRICT;

CREATE TABLE audit (
  audit_id INTEGER PRIMARY KEY AUTOINCREMENT,
  at       INTEGER NOT NULL,
  actor_id INTEGER NOT NULL REFERENCES actor,
  action   TEXT NOT NULL,
  target   TEXT NOT NULL,
  detail   TEXT NOT NULL
) STRICT;

CREATE INDEX audit_target ON audit (target);
