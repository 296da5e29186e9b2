CREATE TRIGGER decision_is_never_changed BEFORE UPDATE ON decision
FOR EACH ROW EXECUTE FUNCTION refuse('decisions are append-only');

CREATE TRIGGER decision_is_never_deleted BEFORE DELETE ON decision
FOR EACH ROW EXECUTE FUNCTION refuse('decisions are append-only');

CREATE TRIGGER decision_is_never_emptied BEFORE TRUNCATE ON decision
FOR EACH STATEMENT EXECUTE FUNCTION refuse('decisions are append-only');
