-- A budget's day is the company's: period is its date. Reserved once, by a conditional update; the CHECK is the last
-- word.
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

CREATE TRIGGER credit_keeps_what_it_is
BEFORE UPDATE OF credit_id, case_id, decision_number, job_id, customer_number, entitlement, family, kind, purchase_id,
  amount_minor, currency, gateway, maker_id ON credit
BEGIN SELECT RAISE(ABORT, 'what a credit is for, and its amount, are never changed'); END;

CREATE TRIGGER credit_is_never_deleted BEFORE DELETE ON credit
BEGIN SELECT RAISE(ABORT, 'credits are never deleted'); END;

-- Settled, rejected and reversed are ends: settled money is never pulled back.
CREATE TRIGGER credit_goes_its_way BEFORE UPDATE OF state ON credit
WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
  'pending>approved', 'pending>rejected', 'approved>settling', 'approved>settled', 'approved>reversed',
  'settling>settled', 'settling>failed', 'settling>unknown', 'unknown>settled', 'unknown>failed', 'failed>approved',
  'failed>reversed')
BEGIN SELECT RAISE(ABORT, 'a credit does not go that way'); END;

-- Payments that a gateway is sent together, for the gateway of files a numbered file. Its content is fixed in the
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

-- Requested again only after a refusal, so paid once.
CREATE UNIQUE INDEX payment_once ON payment (credit_id) WHERE status IS NULL OR status = 'accepted';
CREATE INDEX payment_open ON payment (batch) WHERE status IS NULL;
