-- period is the date of the company's day. Reserved once, by a conditional update; the CHECK is the last defence.
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
  entitlement     TEXT NOT NULL CHECK (entitlement IN ('goodwill', 'contract', 'statutory')),
  family          TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN ('refund', 'account-credit')),
  purchase_id     TEXT,
  amount_minor    INTEGER NOT NULL CHECK (amount_minor > 0),
  currency        TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (
    state IN ('pending', 'approved', 'settling', 'settled', 'failed', 'rejected', 'reversed')),
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

CREATE INDEX credit_state ON credit (state, kind, credit_id);
CREATE INDEX credit_customer ON credit (customer_id, job_id, created_at);
CREATE INDEX credit_settled ON credit (settled_at) WHERE state = 'settled';
CREATE INDEX credit_held ON credit (job_id, hold_reason, currency, amount_minor) WHERE hold_reason IS NOT NULL;
CREATE INDEX credit_purchase ON credit (purchase_id) WHERE purchase_id IS NOT NULL;

-- A numbered file of refunds for the billing system. Its content is fixed in the transaction that numbers it;
-- written_at is set once the file is known to be on disk.
CREATE TABLE refund_file (
  batch      INTEGER PRIMARY KEY AUTOINCREMENT,
  created_at INTEGER NOT NULL,
  written_at INTEGER
) STRICT;

CREATE INDEX refund_file_unwritten ON refund_file (batch) WHERE written_at IS NULL;

CREATE TABLE refund_line (
  batch       INTEGER NOT NULL REFERENCES refund_file,
  credit_id   INTEGER NOT NULL REFERENCES credit,
  key         TEXT NOT NULL UNIQUE,
  payment_ref TEXT,
  status      TEXT CHECK (status IN ('accepted', 'refused')),
  reference   TEXT,
  reason      TEXT,
  answered_at INTEGER,
  PRIMARY KEY (batch, credit_id),
  CHECK ((status IS NULL) = (answered_at IS NULL))
) STRICT, WITHOUT ROWID;

-- Requested again only after a refusal, so paid once.
CREATE UNIQUE INDEX refund_line_once ON refund_line (credit_id) WHERE status IS NULL OR status = 'accepted';
CREATE INDEX refund_line_open ON refund_line (batch) WHERE status IS NULL;

-- Jobs whose andon is pulled: their approved credits wait.
CREATE TABLE payment_stop (
  job_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
