-- "case" is a word of SQL, hence the longer name. Unique forever, over re-runs, catch-up and backfills.
CREATE TABLE care_case (
  case_id       INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id        TEXT NOT NULL,
  mode          TEXT NOT NULL CHECK (mode IN ('live', 'shadow')),
  subject       TEXT NOT NULL,
  customer_id   TEXT NOT NULL,
  service_event TEXT NOT NULL,
  family        TEXT NOT NULL CHECK (family IN ('compensation', 'price', 'alert')),
  occurred_at   INTEGER NOT NULL,
  opened_at     INTEGER NOT NULL,
  amount_basis  INTEGER,
  in_doubt      INTEGER NOT NULL CHECK (in_doubt IN (0, 1)),
  evidence      TEXT NOT NULL CHECK (json_valid(evidence)),
  purchase_id   TEXT,
  state         TEXT NOT NULL CHECK (state IN ('waiting', 'held-out', 'given', 'held', 'told', 'refused')),
  reason        TEXT CHECK (
    reason IN ('customer-not-arrived', 'purchase-not-arrived', 'customer-never-arrived', 'purchase-never-arrived',
      'purchase-of-another-customer', 'cared-for-already', 'refunded-elsewhere', 'open-dispute', 'excluded-status',
      'excluded-plan', 'excluded-purchase-kind', 'held-out', 'nothing-left-to-refund', 'given-already',
      'no-amount-for-currency', 'currency-not-known', 'no-limit-for-currency', 'limit-review', 'andon', 'approval',
      'budget')),
  decide_again_at INTEGER,
  UNIQUE (job_id, mode, subject, customer_id)
) STRICT;

CREATE INDEX care_case_waiting ON care_case (job_id, mode) WHERE state IN ('waiting', 'held-out');
CREATE INDEX care_case_opened ON care_case (opened_at);
CREATE INDEX care_case_customer ON care_case (customer_id);

CREATE TABLE decision (
  case_id      INTEGER NOT NULL REFERENCES care_case,
  number       INTEGER NOT NULL CHECK (number >= 1),
  run_id       INTEGER,
  version      TEXT NOT NULL,
  rule_version INTEGER NOT NULL,
  outcome      TEXT NOT NULL CHECK (
    outcome IN ('pay', 'hold', 'tell', 'wait', 'hold-out', 'refuse')),
  reason       TEXT CHECK (
    reason IN ('customer-not-arrived', 'purchase-not-arrived', 'customer-never-arrived', 'purchase-never-arrived',
      'purchase-of-another-customer', 'cared-for-already', 'refunded-elsewhere', 'open-dispute', 'excluded-status',
      'excluded-plan', 'excluded-purchase-kind', 'held-out', 'nothing-left-to-refund', 'given-already',
      'no-amount-for-currency', 'currency-not-known', 'no-limit-for-currency', 'limit-review', 'andon', 'approval',
      'budget')),
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

-- The one case that compensates a customer for an event, across jobs, forever.
CREATE TABLE entitlement (
  customer_id   TEXT NOT NULL,
  service_event TEXT NOT NULL,
  family        TEXT NOT NULL CHECK (family IN ('compensation', 'price', 'alert')),
  case_id       INTEGER NOT NULL REFERENCES care_case,
  PRIMARY KEY (customer_id, service_event, family)
) STRICT, WITHOUT ROWID;
