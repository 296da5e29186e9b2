CREATE TRIGGER notice_keeps_its_message_id BEFORE UPDATE OF message_id, date_at ON notice
WHEN OLD.message_id IS NOT NULL AND (NEW.message_id IS NOT OLD.message_id OR NEW.date_at <> OLD.date_at)
BEGIN SELECT RAISE(ABORT, 'a notice keeps its Message-ID and Date'); END;
