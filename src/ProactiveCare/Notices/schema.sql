-- A message to a customer or to staff. A customer's address, language and time zone are read when it is sent.
CREATE TABLE notice (
  notice_id       INTEGER PRIMARY KEY AUTOINCREMENT,
  event_key       TEXT NOT NULL UNIQUE,
  audience        TEXT NOT NULL CHECK (audience IN ('customer', 'staff')),
  customer_id     TEXT,
  recipient       TEXT,
  recipient_name  TEXT,
  topic           TEXT NOT NULL,
  urgency         TEXT NOT NULL CHECK (urgency IN ('normal', 'urgent')),
  event           TEXT NOT NULL CHECK (
    event IN ('refunded', 'credited', 'held', 'withdrawn', 'alert', 'summary', 'alarm')),
  case_id         INTEGER,
  decision_number INTEGER,
  job_id          TEXT,
  job_version     TEXT,
  model           TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN
                    ('queued', 'held', 'sending', 'sent', 'uncertain', 'suppressed', 'bounced')),
  reason          TEXT,
  message_id      TEXT, -- unique by the notice_id in it
  date_at         INTEGER NOT NULL,
  queued_at       INTEGER NOT NULL,
  not_before_at   INTEGER,
  expires_at      INTEGER,
  attempts        INTEGER NOT NULL DEFAULT 0,
  uncertain_count INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER,
  claimed_at      INTEGER,
  lease_until_at  INTEGER,
  relay_reply     TEXT,
  sent_at         INTEGER,
  locale          TEXT,
  subject         TEXT,
  CHECK ((audience = 'customer') = (customer_id IS NOT NULL)),
  CHECK (audience = 'customer' OR recipient IS NOT NULL),
  CHECK (state NOT IN ('held', 'suppressed', 'bounced') OR reason IS NOT NULL),
  CHECK (state NOT IN ('sending', 'uncertain', 'sent')
    OR (message_id IS NOT NULL AND recipient IS NOT NULL AND subject IS NOT NULL)),
  CHECK ((state = 'sent') = (sent_at IS NOT NULL))
) STRICT;

-- The text of the last attempt. It is long: in the notice's row it would be rewritten with each result.
CREATE TABLE notice_words (
  notice_id INTEGER PRIMARY KEY REFERENCES notice (notice_id),
  text_body TEXT NOT NULL,
  html_body TEXT NOT NULL
) STRICT;

-- Mails that the outbox folder holds from before a restore, and the database does not know: by what they tell whom.
CREATE TABLE notice_found (
  event_id   TEXT PRIMARY KEY,
  message_id TEXT NOT NULL,
  sent_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX notice_due ON notice (urgency, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX notice_leased ON notice (lease_until_at) WHERE state = 'sending';
CREATE INDEX notice_customer ON notice (customer_id, claimed_at);
CREATE INDEX notice_case ON notice (case_id);
CREATE INDEX notice_queued ON notice (queued_at);
CREATE INDEX notice_alert_sent ON notice (sent_at) WHERE event = 'alert' AND state = 'sent';
