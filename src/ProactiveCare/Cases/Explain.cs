using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Payments;

namespace ProactiveCare.Cases;

/// <summary>Says why something was or was not paid or sent, in words that can be read to the customer.</summary>
public static class Explain
{
    private static readonly Dictionary<string, string> Why = new(StringComparer.Ordinal)
    {
        [Reason.CustomerNotArrived] = "we do not know this customer yet and look again as soon as we do",
        [Reason.PurchaseNotArrived] = "the purchase has not reached us yet; we look again as soon as it has",
        [Reason.CustomerNeverArrived] = "this customer never became known to us for as long as we looked",
        [Reason.PurchaseNeverArrived] = "the purchase never reached us for as long as we looked",
        [Reason.PurchaseOfAnother] = "the purchase was made by another customer",
        [Reason.CaredForAlready] = "the same event is cared for by another case already",
        [Reason.RefundedElsewhere] = "the purchase had been refunded already by somebody else",
        [Reason.OpenDispute] = "the payment is disputed with the bank, and a refund beside that would pay twice",
        [Reason.ExcludedStatus] = "the job leaves out accounts of this status",
        [Reason.ExcludedPlan] = "the job leaves out this plan",
        [Reason.ExcludedPurchaseKind] = "the job leaves out this kind of purchase",
        [Reason.HeldOut] = "the case waits in a comparison group and is made good when its time is over",
        [Reason.NothingLeft] = "nothing was paid for it, or all of it has been given back",
        [Reason.GivenAlready] = "everything owed for it was given before",
        [Reason.NoAmountForCurrency] = "the job names no amount in the customer's currency",
        [Reason.NoLimitForCurrency] = "the job has no limit in this currency, so a person decides",
        [Reason.LimitReview] = "this customer has been helped often lately, so a person decides",
        [Reason.Andon] = "payments of this job are stopped while a fault is looked into",
        [Reason.Approval] = "an amount as high as this is approved by a person first",
        [Reason.Budget] =
            "the budget of the day was spent; it is paid when there is budget again, or when a person approves it",
    };

    /// <summary>Why a decision came out as it did, as the part of a sentence after "because".</summary>
    /// <param name="reason">One of <see cref="Reason"/>.</param>
    public static string Because(string reason) => Why[reason];

    /// <summary>One case: what was found, what was decided, what was paid and sent, and why not.</summary>
    public static string Case(DbConnection db, CareCase about)
    {
        var sentences = new List<string>
        {
            $"Case {about.Id} ({about.JobId}{Shadow(about)}): "
            + $"{about.Finding.Text("title") ?? about.Finding.Text("event") ?? about.Finding.Subject}, "
            + $"for customer {about.Finding.CustomerId}, on {about.Finding.OccurredAt.Iso()}.",
        };
        sentences.AddRange(DecisionLog.Of(db, about.Id).Select(Decided));
        sentences.AddRange(
            db.Query<CreditId>("SELECT credit_id FROM credit WHERE case_id = @Id ORDER BY credit_id", new { about.Id })
            .Select(id => Paid(Credits.Get(db, id))));
        sentences.AddRange(db.Query<Told>(
            """
            SELECT notice_id, event, state, reason, sent_at, next_attempt_at FROM notice
            WHERE case_id = @Id ORDER BY notice_id
            """,
            new { about.Id }).Select(Sent));
        return string.Join(' ', sentences);
    }

    /// <summary>A customer, around a moment or ever: all their cases, or why there is none.</summary>
    public static IReadOnlyList<string> Customer(DbConnection db, CustomerId customer, Instant? around)
    {
        var cases = CareCases.List(db, new CaseFilter(Customer: customer))
            .Where(c => around is not { } at || Near(c.Finding.OccurredAt, at) || Near(c.OpenedAt, at)).ToList();
        return cases.Count > 0 ? [.. cases.Select(c => Case(db, c))] : [Nothing(db, customer, around)];
    }

    private static string Shadow(CareCase about) =>
        about.Mode == Mode.Shadow ? ", in shadow: nothing is paid or sent" : "";

    private static bool Near(Instant one, Instant other) =>
        one - other < Duration.FromDays(1) && other - one < Duration.FromDays(1);

    private static string Decided(Decision decision)
    {
        var amount = decision.Currency is { } currency ? new Money(decision.PaysMinor, currency).ToString() : "";
        var why = decision.Reason is { } reason ? Why[reason] : "";
        var what = decision.Outcome switch
        {
            Outcome.Pay => $"{amount} was given",
            Outcome.Hold => $"{amount} is owed and held, because {why}",
            Outcome.Tell => "the customer was to be told",
            Outcome.Wait => $"nothing could be decided: {why}",
            Outcome.HoldOut => $"nothing was given yet: {why}",
            _ => $"nothing is owed, because {why}",
        };
        return $"On {decision.DecidedAt.Iso()} {what}{(decision.InDoubt ? ", with the benefit of the doubt" : "")}.";
    }

    private static string Paid(Credit credit) => credit.State switch
    {
        CreditState.Pending => $"Credit {credit.Id} of {credit.Amount} waits for a decision"
            + (credit.DecideByAt is { } by ? $", due by {by.Iso()}." : "."),
        CreditState.Approved => $"Credit {credit.Id} of {credit.Amount} is approved and will be paid.",
        CreditState.Settling =>
            $"Credit {credit.Id} of {credit.Amount} has been handed to {credit.Gateway}, which has not answered yet.",
        CreditState.Settled =>
            $"Credit {credit.Id} of {credit.Amount} was paid through {credit.Gateway} on {credit.SettledAt?.Iso()}.",
        CreditState.Failed =>
            $"Credit {credit.Id} of {credit.Amount} is still owed: {credit.Gateway} refused it ({credit.Reason}).",
        _ => $"Credit {credit.Id} of {credit.Amount} was {credit.State}: {credit.Reason}.",
    };

    private static string Sent(Told told)
    {
        var why = told.Reason is { } reason ? NoticeReason.Words(reason) : "the mail server did not say";
        return told.State switch
        {
            "sent" => $"The notice \"{told.Event}\" was sent on {told.SentAt?.Iso()}.",
            "queued" or "sending" => $"The notice \"{told.Event}\" is about to be sent.",
            "held" => $"The notice \"{told.Event}\" waits until {told.NextAttemptAt?.Iso()}, because {why}.",
            "uncertain" => $"The notice \"{told.Event}\" may have been sent: {why}.",
            _ => $"The notice \"{told.Event}\" was not sent, because {why}.",
        };
    }

    private static string Nothing(DbConnection db, CustomerId customer, Instant? around)
    {
        if (!db.ExecuteScalar<bool>(
            "SELECT EXISTS (SELECT 1 FROM customer WHERE customer_id = @customer)", new { customer }))
            return $"We know no customer {customer}, so nothing could be paid or sent.";
        var (from, to) = around is { } at
            ? (at - Duration.FromDays(1), at + Duration.FromDays(1))
            : (Instant.FromUnixTimeMilliseconds(0), Instant.FromUtc(9999, 1, 1, 0, 0));
        var seen = db.ExecuteScalar<long>(
            "SELECT COUNT(*) FROM session WHERE customer_id = @customer AND started_at BETWEEN @from AND @to",
                new { customer, from, to });
        return seen == 0
            ? $"Nothing was paid or sent: no telemetry about customer {customer} has reached us for that time."
            : $"Nothing was paid or sent: of the {seen} playback {(seen == 1 ? "session" : "sessions")} of customer "
                + $"{customer} for that "
              + "time, none was bad enough for any job, or they are not judged yet.";
    }

    private sealed record Told(NoticeId NoticeId, string Event, string State, string? Reason, Instant? SentAt,
        Instant? NextAttemptAt);
}
