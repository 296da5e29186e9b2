CREATE TRIGGER credit_keeps_what_it_is
BEFORE UPDATE OF credit_id, case_id, decision_number, job_id, customer_number, entitlement, family, kind, purchase_id,
  currency, gateway, maker_id, replaces ON credit
BEGIN SELECT RAISE(ABORT, 'what a credit is for is never changed'); END;

CREATE TRIGGER credit_only_yields BEFORE UPDATE OF amount_minor, reduced_minor ON credit
WHEN NEW.amount_minor > OLD.amount_minor
  OR NEW.amount_minor + NEW.reduced_minor <> OLD.amount_minor + OLD.reduced_minor
  OR OLD.state NOT IN ('pending', 'approved', 'failed')
BEGIN SELECT RAISE(ABORT, 'the amount of a credit is never changed but by money given elsewhere, before it leaves'); END;

CREATE TRIGGER credit_is_never_deleted BEFORE DELETE ON credit
BEGIN SELECT RAISE(ABORT, 'credits are never deleted'); END;

-- Rejected, reversed, debited and written-off are final. Two people undo what is settled (credit_undo).
CREATE TRIGGER credit_goes_its_way BEFORE UPDATE OF state ON credit
WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
  'pending>approved', 'pending>rejected', 'approved>settling', 'approved>settled', 'approved>reversed',
  'settling>settled', 'settling>failed', 'settling>unknown', 'unknown>settled', 'unknown>failed', 'failed>approved',
  'failed>reversed', 'settled>debiting', 'settled>debited', 'settled>written-off', 'debiting>debited',
  'debiting>settled')
BEGIN SELECT RAISE(ABORT, 'a credit does not go that way'); END;
