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
    state IN ('pending', 'approved', 'settling', 'unknown', 'settled', 'failed', 'rejected', 'reversed', 'debiting',
      'debited', 'written-off')),
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
  replaces        INTEGER NOT NULL DEFAULT 0, -- the failed refund in whose place it stands
  UNIQUE (case_id, decision_number, replaces),
  CHECK ((kind = 'refund') = (purchase_id IS NOT NULL)),
  CHECK ((state = 'pending') = (hold_reason IS NOT NULL))
) STRICT;

CREATE INDEX credit_state ON credit (state, gateway, credit_id);
CREATE INDEX credit_customer ON credit (customer_id, job_id, created_at);
CREATE INDEX credit_made ON credit (created_at);
CREATE INDEX credit_approver ON credit (approver_id, created_at) WHERE approver_id IS NOT NULL;
CREATE INDEX credit_settled ON credit (settled_at) WHERE state = 'settled';
CREATE INDEX credit_held ON credit (job_id, hold_reason, currency, amount_minor) WHERE hold_reason IS NOT NULL;
CREATE INDEX credit_purchase ON credit (purchase_id) WHERE purchase_id IS NOT NULL;

-- A request to undo a credit, which another person confirms or declines.
CREATE TABLE credit_undo (
  undo_id      INTEGER PRIMARY KEY AUTOINCREMENT,
  credit_id    INTEGER NOT NULL REFERENCES credit,
  reason       TEXT NOT NULL,
  requested_by INTEGER NOT NULL REFERENCES actor,
  requested_at INTEGER NOT NULL,
  outcome      TEXT CHECK (outcome IN ('confirmed', 'declined')),
  ended_by     INTEGER REFERENCES actor,
  ended_at     INTEGER,
  CHECK ((outcome IS NULL) = (ended_at IS NULL) AND (outcome IS NULL) = (ended_by IS NULL)),
  CONSTRAINT confirmed_by_another CHECK (outcome <> 'confirmed' OR ended_by <> requested_by)
) STRICT;

CREATE UNIQUE INDEX credit_undo_open ON credit_undo (credit_id) WHERE outcome IS NULL;

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
  debit       INTEGER NOT NULL CHECK (debit IN (0, 1)), -- takes an account credit back
  status      TEXT CHECK (status IN ('accepted', 'refused')),
  reference   TEXT,
  reason      TEXT,
  answered_at INTEGER,
  PRIMARY KEY (batch, credit_id),
  CHECK ((status IS NULL) = (answered_at IS NULL))
) STRICT, WITHOUT ROWID;

-- A payment is repeated only after a refusal, so a credit is paid once, and taken back once.
CREATE UNIQUE INDEX payment_once ON payment (credit_id, debit) WHERE status IS NULL OR status = 'accepted';
CREATE INDEX payment_open ON payment (batch) WHERE status IS NULL;

-- Payments in files that had left before a restore, which the restored database does not know. A credit for the same
-- takes one on (taken_by); one that fits no credit of its purchase exactly is a refund given elsewhere (refund_id).
CREATE TABLE payment_found (
  key          TEXT PRIMARY KEY,
  gateway      TEXT NOT NULL,
  batch        INTEGER NOT NULL,
  number       INTEGER NOT NULL, -- the credit's number then
  purchase_id  TEXT,
  customer_id  TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency     TEXT NOT NULL,
  found_at     INTEGER NOT NULL,
  taken_by     INTEGER REFERENCES credit,
  refund_id    TEXT
) STRICT;

CREATE INDEX payment_found_open ON payment_found (gateway, customer_id) WHERE taken_by IS NULL AND refund_id IS NULL;
CREATE INDEX payment_found_batch ON payment_found (batch);
