using ProactiveCare.Notices;
using ProactiveCare.Payments;

namespace ProactiveCare.Cases;

/// <summary>Explains why something was or was not paid or sent, in words that can be read to the customer.</summary>
public static class Explain
{
    /// <summary>One case: findings, decisions, payments, notices, and the reasons for what is missing.</summary>
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
        if (about.Finding.PurchaseId is { } purchase)
            sentences.AddRange(GivenBack.For(db, purchase).Select(given => given.Sentence));
        sentences.AddRange(db.Query<Told>(
            """
            SELECT notice_id, event, state, reason, sent_at, next_attempt_at FROM notice
            WHERE case_id = @Id ORDER BY notice_id
            """,
            new { about.Id }).Select(Sent));
        if (LeftOut(db, about.Finding.CustomerId) is { } without)
            sentences.Add($"What we hold about the customer lacks a value that could not be used: {without}.");
        return string.Join(' ', sentences);
    }

    /// <summary>A customer, around a moment or ever: all their cases, or the reason for none.</summary>
    public static IReadOnlyList<string> Customer(DbConnection db, CustomerId customer, Instant? around)
    {
        var cases = CareCases.List(db, new CaseFilter(Customer: customer))
            .Where(c => around is not { } at || Near(c.Finding.OccurredAt, at) || Near(c.OpenedAt, at)).ToList();
        return cases.Count > 0 ? [.. cases.Select(c => Case(db, c))] : [Nothing(db, customer, around)];
    }

    private static string? LeftOut(DbConnection db, CustomerId customer) =>
        db.ExecuteScalar<string?>("SELECT left_out FROM customer WHERE customer_id = @customer", new { customer });

    private static string Shadow(CareCase about) =>
        about.Mode == Mode.Shadow ? ", in shadow: nothing is paid or sent" : "";

    private static bool Near(Instant one, Instant other) =>
        one - other < Duration.FromDays(1) && other - one < Duration.FromDays(1);

    private static string Decided(Decision decision)
    {
        var amount = decision.Currency is { } currency ? new Money(decision.PaysMinor, currency).ToString() : "";
        var (outcome, why) = (decision.Outcome, decision.Reason?.Because);
        var what = outcome == Outcome.Pay ? $"it was decided to give {amount}"
            : outcome == Outcome.Hold ? $"{amount} is owed and held, because {why}"
            : outcome == Outcome.Tell ? "it was decided to tell the customer"
            : outcome == Outcome.Wait ? $"the case was left waiting: {why}"
            : outcome == Outcome.HoldOut ? $"the customer was held out: {why}"
            : $"nothing is owed, because {why}";
        return $"On {decision.DecidedAt.Iso()} {what}{(decision.InDoubt ? ", with the benefit of the doubt" : "")}.";
    }

    private static string Paid(Credit credit)
    {
        var reduced = credit.ReducedMinor > 0
            ? $" ({new Money(credit.AmountMinor + credit.ReducedMinor, credit.Currency)} were decided, and "
                + $"{new Money(credit.ReducedMinor, credit.Currency)} of it given elsewhere)"
            : "";
        var (what, state) = ($"Credit {credit.Id} of {credit.Amount}{reduced}", credit.State);
        if (credit.Waits is { } waits) return $"{what} is {state}: {waits}.";
        if (state == CreditState.Pending)
        {
            return $"{what} is pending"
                + (credit.DecideByAt is { } by ? $", to be decided by {by.Iso()}." : ".");
        }
        if (state == CreditState.Approved) return $"{what} is approved and will be paid.";
        if (state == CreditState.Settling)
            return $"{what} is settling: {credit.Gateway} has not answered yet.";
        if (state == CreditState.Unknown)
            return $"{what} is unknown: {credit.Gateway} was asked to pay it, and nobody knows whether it did.";
        if (state == CreditState.Settled)
            return $"{what} was paid through {credit.Gateway} on {credit.SettledAt?.Iso()}.";
        if (state == CreditState.Debiting)
            return $"{what} is being taken off the customer's account again, because {credit.Reason}.";
        return state == CreditState.Failed
            ? $"{what} has failed and is still owed: {credit.Gateway} refused it ({credit.Reason})."
            : $"{what} was {state}: {credit.Reason}.";
    }

    private static string Sent(Told told)
    {
        var why = told.Reason is { } reason ? NoticeReason.Words(reason) : "the mail server did not say";
        var (what, state) = ($"The notice \"{told.Event}\"", told.State);
        if (state == NoticeState.Sent) return $"{what} was sent on {told.SentAt?.Iso()}.";
        if (state.IsOneOf(NoticeState.Queued, NoticeState.Sending)) return $"{what} is about to be sent.";
        if (state == NoticeState.Held) return $"{what} waits until {told.NextAttemptAt?.Iso()}, because {why}.";
        return state == NoticeState.Uncertain
            ? $"{what} may have been sent: {why}."
            : $"{what} was not sent, because {why}.";
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

    private sealed record Told(NoticeId NoticeId, NoticeEvent Event, NoticeState State, string? Reason, Instant? SentAt,
        Instant? NextAttemptAt);
}
