-- A budget's day is the company's: period is its date. Reserved once, by a conditional update; the CHECK is the last word.
CREATE TABLE budget (
  job_id         TEXT NOT NULL,
  mode           TEXT NOT NULL CHECK (mode IN ('live', 'shadow')),
  period         TEXT NOT NULL,
  currency       TEXT NOT NULL,
  cap_minor      INTEGER NOT NULL CHECK (cap_minor >= 0),
  reserved_minor INTEGER NOT NULL DEFAULT 0 CHECK (reserved_minor >= 0),
  PRIMARY KEY (job_id, mode, period, currency),
  CONSTRAINT never_more_than_the_cap CHECK (reserved_minor <= cap_minor)
) STRICT, WITHOUT ROWID;

CREATE TABLE credit (
  credit_id       INTEGER PRIMARY KEY AUTOINCREMENT,
  case_id         INTEGER NOT NULL,
  decision_number INTEGER NOT NULL,
  job_id          TEXT NOT NULL,
  customer_id     TEXT NOT NULL,
  customer_number INTEGER NOT NULL,
  entitlement     TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN ('refund', 'account-credit')),
  purchase_id     TEXT,
  amount_minor    INTEGER NOT NULL CHECK (amount_minor > 0),
  currency        TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'settling', 'settled', 'failed', 'rejected', 'reversed')),
  hold_reason     TEXT,
  budget_period   TEXT,
  maker_id        INTEGER NOT NULL REFERENCES actor,
  approver_id     INTEGER REFERENCES actor,
  decide_by_at    INTEGER,
  created_at      INTEGER NOT NULL,
  approved_at     INTEGER,
  settling_at     INTEGER,
  settled_at      INTEGER,
  gateway         TEXT,
  batch           INTEGER,
  reference       TEXT,
  reason          TEXT,
  UNIQUE (case_id, decision_number),
  CHECK ((kind = 'refund') = (purchase_id IS NOT NULL)),
  CHECK ((state = 'pending') = (hold_reason IS NOT NULL))
) STRICT;

CREATE INDEX credit_open ON credit (state, credit_id) WHERE state IN ('pending', 'approved', 'settling', 'failed');
CREATE INDEX credit_customer ON credit (customer_id, job_id, created_at);

CREATE TRIGGER settled_credit_keeps_its_amount BEFORE UPDATE OF amount_minor, currency, customer_number ON credit
BEGIN SELECT RAISE(ABORT, 'the amount of a credit is never changed'); END;
