-- Before the first attempt nobody has seen it, and a new epoch gives another.
CREATE TRIGGER notice_keeps_its_message_id BEFORE UPDATE OF message_id, date_at ON notice
WHEN OLD.message_id IS NOT NULL AND OLD.attempts > 0 AND (NEW.message_id IS NOT OLD.message_id OR NEW.date_at <> OLD.date_at)
BEGIN SELECT RAISE(ABORT, 'a notice keeps its Message-ID and Date'); END;
