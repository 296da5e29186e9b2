-- "case" is a word of SQL, hence the longer name. Unique for ever, whatever is re-run, caught up, backfilled.
CREATE TABLE care_case (
  case_id       INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id        TEXT NOT NULL,
  mode          TEXT NOT NULL CHECK (mode IN ('live', 'shadow')),
  subject       TEXT NOT NULL,
  customer_id   TEXT NOT NULL,
  service_event TEXT NOT NULL,
  family        TEXT NOT NULL,
  occurred_at   INTEGER NOT NULL,
  opened_at     INTEGER NOT NULL,
  amount_basis  INTEGER,
  in_doubt      INTEGER NOT NULL CHECK (in_doubt IN (0, 1)),
  evidence      TEXT NOT NULL CHECK (json_valid(evidence)),
  purchase_id   TEXT,
  state         TEXT NOT NULL CHECK (state IN ('waiting', 'held-out', 'given', 'held', 'told', 'refused')),
  reason        TEXT,
  decide_again_at INTEGER,
  UNIQUE (job_id, mode, subject, customer_id)
) STRICT;

CREATE INDEX care_case_waiting ON care_case (job_id, mode) WHERE state IN ('waiting', 'held-out');
CREATE INDEX care_case_customer ON care_case (customer_id);

CREATE TABLE decision (
  case_id      INTEGER NOT NULL REFERENCES care_case,
  number       INTEGER NOT NULL CHECK (number >= 1),
  run_id       INTEGER,
  version      TEXT NOT NULL,
  rule_version INTEGER NOT NULL,
  outcome      TEXT NOT NULL,
  reason       TEXT,
  in_doubt     INTEGER NOT NULL CHECK (in_doubt IN (0, 1)),
  target_minor INTEGER NOT NULL CHECK (target_minor >= 0),
  pays_minor   INTEGER NOT NULL CHECK (pays_minor >= 0),
  currency     TEXT,
  facts        TEXT NOT NULL CHECK (json_valid(facts)),
  actor_id     INTEGER NOT NULL REFERENCES actor,
  decided_at   INTEGER NOT NULL,
  PRIMARY KEY (case_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX decision_day ON decision (decided_at);

CREATE TRIGGER decision_is_never_changed BEFORE UPDATE ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

CREATE TRIGGER decision_is_never_deleted BEFORE DELETE ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

-- Who cares for what happened to a customer: one case, across jobs, for ever.
CREATE TABLE entitlement (
  customer_id   TEXT NOT NULL,
  service_event TEXT NOT NULL,
  family        TEXT NOT NULL,
  case_id       INTEGER NOT NULL REFERENCES care_case,
  PRIMARY KEY (customer_id, service_event, family)
) STRICT, WITHOUT ROWID;
