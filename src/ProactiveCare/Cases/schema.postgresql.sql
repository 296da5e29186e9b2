CREATE TRIGGER decision_is_never_changed BEFORE UPDATE ON decision
FOR EACH ROW EXECUTE FUNCTION refuse('decisions are append-only');

CREATE TRIGGER decision_is_never_deleted BEFORE DELETE ON decision
FOR EACH ROW EXECUTE FUNCTION refuse('decisions are append-only');

CREATE TRIGGER decision_is_never_emptied BEFORE TRUNCATE ON decision
FOR EACH STATEMENT EXECUTE FUNCTION refuse('decisions are append-only');

-- The state of a case follows that of its credit.
CREATE FUNCTION case_follows_its_credit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE care_case SET state = CASE NEW.state WHEN 'approved' THEN 'given' ELSE 'refused' END, reason = NULL
  WHERE case_id = NEW.case_id AND state IN ('held', 'given');
  RETURN NULL;
END $$;

CREATE TRIGGER case_follows_its_credit AFTER UPDATE OF state ON credit
FOR EACH ROW WHEN (NEW.state IN ('approved', 'rejected', 'reversed') AND OLD.state <> NEW.state)
EXECUTE FUNCTION case_follows_its_credit();
