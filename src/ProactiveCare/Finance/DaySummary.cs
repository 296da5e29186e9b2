using ProactiveCare.Audit;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Payments.Gateways.BillingFile;

namespace ProactiveCare.Finance;

/// <summary>The summary of a day for operators and finance: findings, payments, notices, and pending work.</summary>
public static class DaySummary
{
    /// <summary>Queues the summary of the day before a company-local date, once for each reader, in the caller's
    /// transaction.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="day">The date on whose morning it is sent; the summary covers the day before.</param>
    /// <param name="extra">Readers from the settings, beside the users with an address.</param>
    /// <param name="settings">The settings of notices.</param>
    /// <param name="now">The present.</param>
    public static void Queue(
        DbConnection db, LocalDate day, IReadOnlyList<EmailAddress> extra, NoticeSettings settings, Instant now)
    {
        var (from, to) = (Start(day.PlusDays(-1), settings.TimeZone), Start(day, settings.TimeZone));
        var date = NodaTime.Text.LocalDatePattern.Iso.Format(day.PlusDays(-1));
        var facts = Mail($"{date} in short", Lines(db, from, to));
        foreach (var reader in Readers(db, extra))
        {
            Outbox.Queue(db, new NoticeRequest
            {
                EventKey = $"summary:{date}:{reader.Address}",
                Event = NoticeEvent.Summary,
                Topic = "summary",
                Facts = facts,
                Staff = reader,
            }, settings, now);
        }
    }

    /// <summary>Queues an alarm for the owner of its job, if it has one, and every operator with an address; one about
    /// money for finance too.</summary>
    public static void QueueAlarm(
        DbConnection db, Alarm alarm, EmailAddress? owner, NoticeSettings settings)
    {
        var operators = Actors.Users(db).Where(u => u.Has(Role.Operator)).Select(AddressOf).OfType<EmailAddress>();
        var others = owner is not null ? [owner] : alarm.IsMoney ? Readers(db, []) : [];
        foreach (var reader in operators.Concat(others).DistinctBy(a => a.Address))
        {
            Outbox.Queue(db, new NoticeRequest
            {
                EventKey = $"alarm:{alarm.JobId}:{alarm.Kind}:{alarm.RaisedAt.Iso()}:{reader.Address}",
                Event = NoticeEvent.Alarm,
                Topic = "alarm",
                IsUrgent = true,
                Facts = Mail($"{alarm.JobId} needs you", [alarm.Message]),
                Staff = reader,
            }, settings, alarm.RaisedAt);
        }
    }

    /// <summary>The summary of a period, one fact per line.</summary>
    public static IReadOnlyList<string> Lines(DbConnection db, Instant from, Instant to) =>
    [
        .. Done(db, from, to) is { Count: > 0 } done ? done : ["Nothing was found, paid or sent."],
        .. ForYou(db, from, to),
        .. Alarms.Open(db).Select(alarm => $"Alarm since {alarm.RaisedAt.Iso()}: {alarm.Message}"),
    ];

    private static NoticeFacts Mail(string headline, IReadOnlyList<string> lines)
    {
        var facts =
            new NoticeFacts { ["headline"] = new NoticeValue.Words(headline), ["action"] = new NoticeValue.Words("") };
        for (var i = 0; i < lines.Count; i++)
            facts[string.Create(CultureInfo.InvariantCulture, $"line_{i + 1}")] = new NoticeValue.Words(lines[i]);
        return facts;
    }

    private static List<string> Done(DbConnection db, Instant from, Instant to) =>
    [
        .. db.Query<DecisionLine>(
            """
            SELECT job_id, outcome, decision.reason, COUNT(*) AS count FROM decision JOIN care_case USING (case_id)
            WHERE decided_at >= @from AND decided_at < @to AND mode = 'live'
            GROUP BY job_id, outcome, decision.reason
            ORDER BY job_id, count DESC, outcome, decision.reason NULLS FIRST
            """,
            new { from, to }).Select(line =>
                $"{line.JobId}: {line.Count} {line.Outcome.State}{Because(line.Reason?.Because)}"),
        .. db.Query<Paid>(
            """
            SELECT job_id, currency, SUM(amount_minor) AS minor, COUNT(DISTINCT customer_id) AS count
            FROM credit
            WHERE state = 'settled' AND settled_at >= @from AND settled_at < @to
            GROUP BY job_id, currency ORDER BY job_id, currency
            """,
            new { from, to }).Select(paid =>
                $"{paid.JobId}: {new Money(paid.Minor, paid.Currency)} has reached {People(paid.Count)}"),
        .. db.Query<NoticeLine>(
            """
            SELECT state, reason, COUNT(*) AS count FROM notice
            WHERE audience = 'customer' AND queued_at >= @from AND queued_at < @to
            GROUP BY state, reason ORDER BY count DESC, state, reason NULLS FIRST
            """,
            new { from, to }).Select(notice =>
                $"mails to customers: {notice.Count} {notice.State}"
                + Because(notice.Reason is { } why ? NoticeReason.Words(why) : null)),
    ];

    private static IEnumerable<string> ForYou(DbConnection db, Instant from, Instant to)
    {
        var pending = Credits.List(db, CreditState.Pending);
        var waiting = pending.Where(c => !c.HoldReason!.IsOneOf(Reason.Andon, Reason.Budget)).ToList();
        yield return waiting.Count switch
        {
            0 => "Nothing waits for you.",
            1 => "1 credit waits for you. See: proactive-care credits list --state pending",
            var count => $"{count} credits wait for you. See: proactive-care credits list --state pending",
        };
        var overdue = waiting.Count(c => c.DecideByAt < to);
        if (overdue > 0) yield return $"{overdue} of them should have been decided by now.";
        if (pending.Count - waiting.Count is > 0 and var held)
            yield return $"{held} pending until an andon is released or there is budget.";
        var failed = Credits.List(db, CreditState.Failed).Count;
        if (failed > 0)
        {
            yield return $"{failed} refused by a gateway and still owed. "
                + "See: proactive-care credits list --state failed";
        }
        var unknown = Credits.List(db, CreditState.Unknown).Count;
        if (unknown > 0)
        {
            yield return $"{unknown} handed to a gateway, and nobody knows whether they were paid. "
                + "See: proactive-care credits list --state unknown";
        }
        var undo = CreditUndo.Open(db).Count;
        if (undo > 0)
        {
            yield return $"{undo} that somebody asked to undo, which somebody else confirms or declines. "
                + "See: proactive-care credits list";
        }
        // Billing has had a whole day to answer these.
        foreach (var batch in PaymentBatches.Unanswered(db, from))
        {
            yield return $"Billing has not answered {BillingFiles.Of(batch.Gateway).Name(batch.Batch)} of "
                + $"{batch.CreatedAt.Iso()}; "
                + $"open in it: {batch.Payments}.";
        }
    }

    private static string Because(string? why) => why is null ? "" : $", because {why}";

    private static string People(long count) => count == 1 ? "1 customer" : $"{count} customers";

    private static Instant Start(LocalDate day, DateTimeZone zone) => zone.AtStartOfDay(day).ToInstant();

    private static IEnumerable<EmailAddress> Readers(DbConnection db, IReadOnlyList<EmailAddress> extra) =>
        Actors.Users(db).Where(u => u.Has(Role.Operator)
            || u.Has(Role.Finance)).Select(AddressOf).OfType<EmailAddress>()
            .Concat(extra).DistinctBy(a => a.Address);

    private static EmailAddress? AddressOf(Actor user) =>
        user is { Email: { } email, DisabledAt: null } ? EmailAddress.Parse(email) : null;

    private sealed record NoticeLine(NoticeState State, string? Reason, long Count);

    private sealed record DecisionLine(JobId JobId, Outcome Outcome, Reason? Reason, long Count);

    private sealed record Paid(JobId JobId, Currency Currency, long Minor, long Count);
}
