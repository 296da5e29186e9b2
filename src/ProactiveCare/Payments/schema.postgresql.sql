CREATE TRIGGER credit_keeps_what_it_is
BEFORE UPDATE OF credit_id, case_id, decision_number, job_id, customer_number, entitlement, family, kind, purchase_id,
  currency, gateway, maker_id, replaces ON credit
FOR EACH ROW EXECUTE FUNCTION refuse('what a credit is for is never changed');

CREATE TRIGGER credit_only_yields BEFORE UPDATE OF amount_minor, reduced_minor ON credit
FOR EACH ROW WHEN (NEW.amount_minor > OLD.amount_minor
  OR NEW.amount_minor + NEW.reduced_minor <> OLD.amount_minor + OLD.reduced_minor
  OR OLD.state NOT IN ('pending', 'approved', 'failed'))
EXECUTE FUNCTION refuse('the amount of a credit is never changed but by money given elsewhere, before it leaves');

CREATE TRIGGER credit_is_never_deleted BEFORE DELETE ON credit
FOR EACH ROW EXECUTE FUNCTION refuse('credits are never deleted');

CREATE TRIGGER credit_is_never_emptied BEFORE TRUNCATE ON credit
FOR EACH STATEMENT EXECUTE FUNCTION refuse('credits are never deleted');

-- Rejected, reversed, debited and written-off are final. Two people undo what is settled (credit_undo).
CREATE TRIGGER credit_goes_its_way BEFORE UPDATE OF state ON credit
FOR EACH ROW WHEN (OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
  'pending>approved', 'pending>rejected', 'approved>settling', 'approved>settled', 'approved>reversed',
  'settling>settled', 'settling>failed', 'settling>unknown', 'unknown>settled', 'unknown>failed', 'failed>approved',
  'failed>reversed', 'settled>debiting', 'settled>debited', 'settled>written-off', 'debiting>debited',
  'debiting>settled'))
EXECUTE FUNCTION refuse('a credit does not go that way');
