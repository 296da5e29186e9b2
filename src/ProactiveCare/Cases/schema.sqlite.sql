CREATE TRIGGER decision_is_never_changed BEFORE UPDATE ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

CREATE TRIGGER decision_is_never_deleted BEFORE DELETE ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

-- The state of a case follows that of its credit.
CREATE TRIGGER case_follows_its_credit AFTER UPDATE OF state ON credit
WHEN NEW.state IN ('approved', 'rejected', 'reversed') AND OLD.state <> NEW.state
BEGIN
  UPDATE care_case SET state = CASE NEW.state WHEN 'approved' THEN 'given' ELSE 'refused' END, reason = NULL
  WHERE case_id = NEW.case_id AND state IN ('held', 'given');
END;
