CREATE TABLE migration (
  number     INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  hash       TEXT NOT NULL,
  needs      INTEGER NOT NULL, -- the newest migration that a program must know to work with the database from then on
  applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE installation (
  single     INTEGER PRIMARY KEY DEFAULT 1 CHECK (single = 1),
  store_id   TEXT NOT NULL,
  simulated  INTEGER NOT NULL CHECK (simulated IN (0, 1)),
  created_at INTEGER NOT NULL,
  epoch      INTEGER NOT NULL DEFAULT 0, -- counts the restores
  epoch_tag  TEXT NOT NULL DEFAULT '',
  epoch_at   INTEGER,
  looked     INTEGER NOT NULL DEFAULT 1 CHECK (looked IN (0, 1)) -- whether it is known what had left before the epoch
) STRICT;
