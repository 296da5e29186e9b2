-- The number replaces the customer's id in the books, so that a person can be erased and the books stay complete.
CREATE TABLE customer (
  customer_number      INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id          TEXT NOT NULL UNIQUE,
  email                TEXT,
  name                 TEXT,
  locale               TEXT,
  time_zone            TEXT,
  status               TEXT NOT NULL,
  plan                 TEXT,
  monthly_charge_minor INTEGER CHECK (monthly_charge_minor >= 0),
  currency             TEXT,
  jurisdiction         TEXT,
  left_out             TEXT, -- the values of its file that could not be used
  content_hash         BLOB NOT NULL,
  revision             INTEGER NOT NULL DEFAULT 1,
  received_at          INTEGER NOT NULL
) STRICT;

CREATE INDEX customer_left_out ON customer (received_at) WHERE left_out IS NOT NULL;

CREATE TABLE premises (
  premises_id   TEXT PRIMARY KEY,
  customer_id   TEXT NOT NULL,
  latitude      REAL,
  longitude     REAL,
  county_fips   TEXT,
  forecast_zone TEXT,
  time_zone     TEXT,
  priority      TEXT,
  label         TEXT,
  left_out      TEXT,
  content_hash  BLOB NOT NULL,
  revision      INTEGER NOT NULL DEFAULT 1,
  received_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX premises_left_out ON premises (received_at) WHERE left_out IS NOT NULL;
CREATE INDEX premises_customer ON premises (customer_id);
CREATE INDEX premises_county ON premises (county_fips);
CREATE INDEX premises_zone ON premises (forecast_zone);
CREATE INDEX premises_place ON premises (latitude, longitude) WHERE latitude IS NOT NULL;

-- refunded: paid back by this product; pending: promised by credits that are not settled yet; elsewhere: given back by
-- others, a fact that no rule of ours refuses.
CREATE TABLE purchase (
  purchase_id    TEXT PRIMARY KEY,
  customer_id    TEXT NOT NULL,
  kind           TEXT NOT NULL,
  title          TEXT NOT NULL,
  amount_minor   INTEGER NOT NULL CHECK (amount_minor >= 0),
  tax_minor      INTEGER CHECK (tax_minor >= 0),
  currency       TEXT NOT NULL,
  purchased_at   INTEGER NOT NULL,
  payment_ref    TEXT,
  refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
  pending_minor  INTEGER NOT NULL DEFAULT 0 CHECK (pending_minor >= 0),
  elsewhere_minor INTEGER NOT NULL DEFAULT 0 CHECK (elsewhere_minor >= 0),
  content_hash   BLOB NOT NULL,
  revision       INTEGER NOT NULL DEFAULT 1,
  received_at    INTEGER NOT NULL,
  CONSTRAINT never_more_than_was_paid CHECK (refunded_minor + pending_minor <= amount_minor)
) STRICT;

CREATE INDEX purchase_customer ON purchase (customer_id, purchased_at);

-- Refunds that others gave: agents, disputes, another system. counted: the part that counts on the purchase, none of a
-- dispute that is open or won, of our own refund (credit_id) or of another currency; twice: the part that went twice.
CREATE TABLE refund (
  refund_id    TEXT PRIMARY KEY,
  purchase_id  TEXT NOT NULL,
  customer_id  TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
  currency     TEXT NOT NULL,
  refunded_at  INTEGER NOT NULL,
  given_by     TEXT NOT NULL,
  reference    TEXT,
  dispute      TEXT CHECK (dispute IN ('open', 'won', 'lost')),
  counted_minor INTEGER NOT NULL DEFAULT 0 CHECK (counted_minor BETWEEN 0 AND amount_minor),
  twice_minor  INTEGER NOT NULL DEFAULT 0 CHECK (twice_minor >= 0),
  credit_id    INTEGER,
  content_hash BLOB NOT NULL,
  revision     INTEGER NOT NULL DEFAULT 1,
  received_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX refund_purchase ON refund (purchase_id);
CREATE INDEX refund_twice ON refund (received_at) WHERE twice_minor > 0;
