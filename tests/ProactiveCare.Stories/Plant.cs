namespace ProactiveCare.Stories;

/// <summary>A fault that is planted into a story, to see that the story finds it: a trigger of the worker's own
/// connection to SQLite, so that neither the product nor its schema is another.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="What">The fault as a user would tell it.</param>
/// <param name="Sql">Makes it.</param>
internal sealed record Plant(string Name, string What, string Sql)
{
    public static readonly IReadOnlyList<Plant> All =
    [
        new("row-passed-over", "a cursor moves past a row that no run has seen",
            """
            CREATE TEMP TRIGGER planted AFTER UPDATE OF arrival ON main.cursor BEGIN
              UPDATE cursor SET arrival = min(NEW.arrival + 1, (SELECT last FROM main.arrival))
              WHERE job_id = NEW.job_id AND mode = NEW.mode;
            END
            """),
        new("helped-twice", "a second job does not see that the first has helped already",
            """
            CREATE TEMP TRIGGER planted AFTER INSERT ON main.entitlement BEGIN
              DELETE FROM entitlement WHERE customer_id = NEW.customer_id AND service_event = NEW.service_event;
            END
            """),
        new("file-again", "a refund file goes out again, with other keys, after billing has taken it away",
            """
            CREATE TEMP TRIGGER planted AFTER UPDATE OF sent_at ON main.payment_batch WHEN NEW.sent_at IS NOT NULL BEGIN
              UPDATE payment SET key = key || 'b' WHERE batch = NEW.batch;
              UPDATE payment_batch SET sent_at = NULL WHERE batch = NEW.batch;
            END
            """),
        new("fact-dropped", "a refund that somebody else gave is not kept",
            """
            CREATE TEMP TRIGGER planted AFTER INSERT ON main.refund BEGIN
              DELETE FROM refund WHERE refund_id = NEW.refund_id;
              UPDATE purchase SET refunded_minor = max(refunded_minor - NEW.amount_minor, 0)
              WHERE purchase_id = NEW.purchase_id;
            END
            """),
        new("budget-kept", "a rejected or reversed credit keeps its place in the budget",
            """
            CREATE TEMP TRIGGER planted AFTER UPDATE OF reserved_minor ON main.budget
            WHEN NEW.reserved_minor < OLD.reserved_minor BEGIN
              UPDATE budget SET reserved_minor = OLD.reserved_minor WHERE job_id = NEW.job_id AND mode = NEW.mode
                AND period = NEW.period AND currency = NEW.currency;
            END
            """),
        new("nobody-told", "a refund is paid, and its notice is withdrawn",
            """
            CREATE TEMP TRIGGER planted AFTER INSERT ON main.notice WHEN NEW.event = 'refunded' BEGIN
              UPDATE notice SET state = 'suppressed', reason = 'overtaken', next_attempt_at = NULL
              WHERE notice_id = NEW.notice_id;
            END
            """),
        new("told-twice", "a mail that the relay has taken is sent again",
            """
            CREATE TEMP TRIGGER planted AFTER UPDATE OF state ON main.notice
            WHEN NEW.state = 'sent' AND NEW.attempts = 1 BEGIN
              UPDATE notice SET state = 'queued', sent_at = NULL, next_attempt_at = NEW.sent_at
              WHERE notice_id = NEW.notice_id;
            END
            """),
        new("held-for-ever", "a notice that is held for the morning is never looked at again",
            """
            CREATE TEMP TRIGGER planted AFTER UPDATE OF state ON main.notice WHEN NEW.state = 'held' BEGIN
              UPDATE notice SET next_attempt_at = NULL WHERE notice_id = NEW.notice_id;
            END
            """),
    ];
}
