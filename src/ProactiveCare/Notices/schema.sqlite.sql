-- It may change before the first attempt, when nobody has seen it: a new epoch gives another.
CREATE TRIGGER notice_keeps_its_message_id BEFORE UPDATE OF message_id, date_at ON notice
WHEN OLD.message_id IS NOT NULL AND (NEW.date_at <> OLD.date_at OR (NEW.message_id IS NOT OLD.message_id
  AND (OLD.attempts > 0 OR NEW.message_id IS NULL OR NEW.message_id NOT LIKE '<n' || OLD.notice_id || '.%')))
BEGIN SELECT RAISE(ABORT, 'a notice keeps its Message-ID and Date'); END;
