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
  family          TEXT NOT NULL CHECK (family IN ('compensation', 'price')),
  kind            TEXT NOT NULL CHECK (kind IN ('refund', 'account-credit')),
  purchase_id     TEXT,
  amount_minor    INTEGER NOT NULL CHECK (amount_minor > 0),
  reduced_minor   INTEGER NOT NULL DEFAULT 0 CHECK (reduced_minor >= 0), -- the part that others gave meanwhile
  currency        TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (
    state IN ('pending', 'approved', 'settling', 'unknown', 'settled', 'failed', 'rejected', 'reversed')),
  hold_reason     TEXT CHECK (
    hold_reason IN ('no-limit-for-currency', 'limit-review', 'andon', 'approval', 'budget')),
  budget_period   TEXT,
  maker_id        INTEGER NOT NULL REFERENCES actor,
  approver_id     INTEGER REFERENCES actor,
  decide_by_at    INTEGER,
  created_at      INTEGER NOT NULL,
  approved_at     INTEGER,
  settling_at     INTEGER,
  settled_at      INTEGER,
  gateway         TEXT NOT NULL,
  batch           INTEGER,
  reference       TEXT,
  reason          TEXT,
  UNIQUE (case_id, decision_number),
  CHECK ((kind = 'refund') = (purchase_id IS NOT NULL)),
  CHECK ((state = 'pending') = (hold_reason IS NOT NULL))
) STRICT;

CREATE INDEX credit_state ON credit (state, gateway, credit_id);
CREATE INDEX credit_customer ON credit (customer_id, job_id, created_at);
CREATE INDEX credit_settled ON credit (settled_at) WHERE state = 'settled';
CREATE INDEX credit_held ON credit (job_id, hold_reason, currency, amount_minor) WHERE hold_reason IS NOT NULL;
CREATE INDEX credit_purchase ON credit (purchase_id) WHERE purchase_id IS NOT NULL;

-- Payments that a gateway is sent together; for the file gateway a numbered file. The content is fixed in the
-- transaction that numbers it; sent_at is set once the gateway is known to have it.
CREATE TABLE payment_batch (
  batch      INTEGER PRIMARY KEY AUTOINCREMENT,
  gateway    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at    INTEGER
) STRICT;

CREATE INDEX payment_batch_unsent ON payment_batch (gateway, batch) WHERE sent_at IS NULL;

CREATE TABLE payment (
  batch       INTEGER NOT NULL REFERENCES payment_batch,
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

-- A payment is repeated only after a refusal, so a credit is paid once.
CREATE UNIQUE INDEX payment_once ON payment (credit_id) WHERE status IS NULL OR status = 'accepted';
CREATE INDEX payment_open ON payment (batch) WHERE status IS NULL;
