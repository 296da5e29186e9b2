CREATE TABLE migration (
  number     INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  hash       TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE installation (
  only       INTEGER PRIMARY KEY DEFAULT 1 CHECK (only = 1),
  store_id   TEXT NOT NULL,
  simulated  INTEGER NOT NULL CHECK (simulated IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT;
