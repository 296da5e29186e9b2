using System.Text.Json;
using ProactiveCare.Audit;
using ProactiveCare.Notices;
using ProactiveCare.Payments;

namespace ProactiveCare.Cases;

/// <summary>Why something was or was not paid or sent: the fields for programs, and a text that can be read to the
/// customer up to the next step, which is for staff.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="Text">All of it in sentences.</param>
public sealed record Explanation(CustomerId CustomerId, string Text)
{
    /// <summary>The case; null where there is none.</summary>
    public CaseId? CaseId { get; init; }

    /// <summary>The job that found it.</summary>
    public JobId? JobId { get; init; }

    /// <summary>Live, or shadow: then nothing is paid or sent.</summary>
    public string? Mode { get; init; }

    /// <summary>When it happened to the customer.</summary>
    public Instant? OccurredAt { get; init; }

    /// <summary>The state of the case now.</summary>
    public CaseState? State { get; init; }

    /// <summary>The reason of that state.</summary>
    public Reason? Reason { get; init; }

    /// <summary>The evidence of the detector.</summary>
    public JsonElement? Evidence { get; init; }

    /// <summary>The credits, oldest first.</summary>
    public IReadOnlyList<ExplainedCredit> Credits { get; init; } = [];

    /// <summary>The notices, oldest first.</summary>
    public IReadOnlyList<ExplainedNotice> Notices { get; init; } = [];

    /// <summary>The next step and its actor; null when the case is complete.</summary>
    public string? Next { get; init; }
}

/// <summary>A credit in an explanation.</summary>
public sealed record ExplainedCredit(
    CreditId Id, Money Amount, CreditState State, HoldReason? HoldReason, string? Approver, Instant? DecideByAt,
    Instant? SettledAt);

/// <summary>A notice in an explanation.</summary>
public sealed record ExplainedNotice(
    NoticeId NoticeId, NoticeEvent Event, NoticeState State, string? Reason, Instant? SentAt, Instant? NextAttemptAt);

/// <summary>Explains why something was or was not paid or sent.</summary>
public static class Explain
{
    /// <summary>One case: finding, evidence, decisions, payments, notices, its state now and the next step.</summary>
    public static Explanation Case(DbConnection db, CareCase about)
    {
        var (finding, isShadow) = (about.Finding, about.Mode == Mode.Shadow);
        using var evidence = JsonDocument.Parse(finding.Evidence);
        var credits = Credits.OfCase(db, about.Id);
        var names = credits.Select(c => c.ApproverId is { } by ? Actors.Get(db, by).Name : null).ToList();
        var notices = db.Query<ExplainedNotice>(
            """
            SELECT notice_id, event, state, reason, sent_at, next_attempt_at FROM notice
            WHERE case_id = @Id ORDER BY notice_id
            """,
            new { about.Id }).ToList();
        var next = NextStep.Of(db, about, credits, notices);
        var sentences = new List<string?>
        {
            $"Case {about.Id} ({about.JobId}{(isShadow ? ", in shadow: nothing is paid or sent" : "")}): "
                + $"{finding.Text("title") ?? finding.Text("event") ?? finding.Subject}, "
                + $"for customer {finding.CustomerId}, on {finding.OccurredAt.Iso()}.",
            Seen(evidence.RootElement),
        };
        sentences.AddRange(DecisionLog.Of(db, about.Id).Select(decision => Decided(decision, isShadow)));
        sentences.AddRange(credits.Zip(names, Paid));
        if (finding.PurchaseId is { } purchase)
            sentences.AddRange(GivenBack.For(db, purchase).Select(given => given.Sentence));
        sentences.AddRange(notices.Select(Sent));
        if (LeftOut(db, finding.CustomerId) is { } without)
            sentences.Add($"What we hold about the customer lacks a value that could not be used: {without}.");
        sentences.Add(Now(about, credits));
        if (next is not null) sentences.Add($"Next: {next}");
        return new Explanation(finding.CustomerId, string.Join(' ', sentences.OfType<string>()))
        {
            CaseId = about.Id, JobId = about.JobId, Mode = about.Mode, OccurredAt = finding.OccurredAt,
            State = about.State, Reason = about.Reason, Evidence = evidence.RootElement.Clone(), Notices = notices,
            Next = next,
            Credits =
            [
                .. credits.Zip(names, (credit, name) => new ExplainedCredit(
                    credit.Id, credit.Amount, credit.State, credit.HoldReason, name, credit.DecideByAt,
                    credit.SettledAt)),
            ],
        };
    }

    /// <summary>A customer, around a moment or ever: all their cases, or the reason for none.</summary>
    public static IReadOnlyList<Explanation> Customer(DbConnection db, CustomerId customer, Instant? around)
    {
        var cases = CareCases.List(db, new CaseFilter(Customer: customer))
            .Where(c => around is not { } at || Near(c.Finding.OccurredAt, at) || Near(c.OpenedAt, at)).ToList();
        return cases.Count > 0
            ? [.. cases.Select(c => Case(db, c))]
            : [new Explanation(customer, Nothing(db, customer, around))];
    }

    private static string? LeftOut(DbConnection db, CustomerId customer) =>
        db.ExecuteScalar<string?>("SELECT left_out FROM customer WHERE customer_id = @customer", new { customer });

    private static bool Near(Instant one, Instant other) =>
        one - other < Duration.FromDays(1) && other - one < Duration.FromDays(1);

    private static string? Seen(JsonElement evidence)
    {
        var seen = evidence.EnumerateObject()
            .Where(each => each.Name != "title" && each.Value.ValueKind != JsonValueKind.Null)
            .Select(each => $"{each.Name.Replace('_', ' ')} {Value(each)}").ToList();
        return seen.Count == 0 ? null : $"Seen: {string.Join(", ", seen)}.";

        static string Value(JsonProperty each) => each.Value.ValueKind != JsonValueKind.Number ? each.Value.ToString()
            : each.Name.EndsWith("_at", StringComparison.Ordinal) && each.Value.TryGetInt64(out var at)
                ? Instant.FromUnixTimeMilliseconds(at).Iso()
                : each.Value.GetDouble().ToString("0.##", CultureInfo.InvariantCulture);
    }

    private static string Decided(Decision decision, bool isShadow)
    {
        var amount = decision.Currency is { } currency ? new Money(decision.PaysMinor, currency).ToString() : "";
        var (outcome, why) = (decision.Outcome, decision.Reason?.Because);
        var (is_, was) = isShadow ? ("would be", "would have been") : ("is", "was");
        var what = outcome == Outcome.Pay ? $"it {was} decided to give {amount}"
            : outcome == Outcome.Hold ? $"{amount} {is_} owed and held, because {why}"
            : outcome == Outcome.Tell ? $"it {was} decided to tell the customer"
            : outcome == Outcome.Wait ? $"the case {was} left waiting: {why}"
            : outcome == Outcome.HoldOut ? $"the customer {was} held out: {why}"
            : $"nothing {is_} owed, because {why}";
        return $"On {decision.DecidedAt.Iso()} {what}{(decision.InDoubt ? ", with the benefit of the doubt" : "")}.";
    }

    private static string Paid(Credit credit, string? approver)
    {
        var reduced = credit.ReducedMinor > 0
            ? $" ({new Money(credit.AmountMinor + credit.ReducedMinor, credit.Currency)} were decided, and "
                + $"{new Money(credit.ReducedMinor, credit.Currency)} of it given elsewhere)"
            : "";
        var (what, state) = ($"Credit {credit.Id} of {credit.Amount}{reduced}", credit.State);
        if (credit.Waits is { } waits) return $"{what} is {state}: {waits}.";
        var by = approver is null ? "" : $" by {approver}";
        if (state == CreditState.Pending)
        {
            return $"{what} is pending"
                + (credit.DecideByAt is { } until ? $", to be decided by {until.Iso()}." : ".");
        }
        if (state.IsOneOf(CreditState.Rejected, CreditState.Reversed))
            return $"{what} was {state}{by}: {credit.Reason}.";
        var approved = approver is null ? "" : $" It was approved{by} on {credit.ApprovedAt?.Iso()}.";
        if (state == CreditState.Approved) return $"{what} is approved and will be paid.{approved}";
        if (state == CreditState.Settling)
            return $"{what} is settling: {credit.Gateway} has not answered yet.{approved}";
        if (state == CreditState.Unknown)
        {
            return $"{what} is unknown: {credit.Gateway} was asked to pay it, and nobody knows whether it did."
                + approved;
        }
        if (state == CreditState.Settled)
            return $"{what} was paid through {credit.Gateway} on {credit.SettledAt?.Iso()}.{approved}";
        if (state == CreditState.Debiting)
            return $"{what} is being taken off the customer's account again, because {credit.Reason}.";
        return state == CreditState.Failed
            ? $"{what} has failed and is still owed: {credit.Gateway} refused it ({credit.Reason}).{approved}"
            : $"{what} was {state}: {credit.Reason}.{approved}";
    }

    private static string Sent(ExplainedNotice told)
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

    private static string Now(CareCase about, IReadOnlyList<Credit> credits) => "Now "
        + (about.Mode == Mode.Shadow ? "nothing comes of it: the job only records"
            : credits is [.., var last] ? $"the case is {about.State}, and its credit {last.State}"
            : $"the case is {about.State}")
        + (about.Reason is { } reason && about.Mode != Mode.Shadow ? $", because {reason.Because}." : ".");

    private static string Nothing(DbConnection db, CustomerId customer, Instant? around)
    {
        if (!db.ExecuteScalar<bool>(
            "SELECT EXISTS (SELECT 1 FROM customer WHERE customer_id = @customer)", new { customer }))
            return $"We know no customer {customer}, so nothing could be paid or sent.";
        var (from, to) = around is { } at
            ? (at - Duration.FromDays(1), at + Duration.FromDays(1))
            : (Instant.FromUnixTimeMilliseconds(0), Instant.FromUtc(9999, 1, 1, 0, 0));
        var seen = db.Query<(string What, long Count)>(
            """
            SELECT 'playback session' AS what, COUNT(*) AS count FROM session
            WHERE customer_id = @customer AND started_at BETWEEN @from AND @to
            UNION ALL SELECT 'service event', COUNT(*) FROM event
            WHERE customer_id = @customer AND occurred_at BETWEEN @from AND @to
            UNION ALL SELECT 'contact', COUNT(*) FROM contact
            WHERE customer_id = @customer AND contacted_at BETWEEN @from AND @to
            UNION ALL SELECT 'weather alert', COUNT(*) FROM alert
            WHERE sent_at BETWEEN @from AND @to AND EXISTS (SELECT 1 FROM premises WHERE customer_id = @customer)
            """,
            new { customer, from, to }).Where(each => each.Count > 0)
            .Select(each => $"{each.Count} {each.What}{(each.Count == 1 ? "" : "s")}").ToList();
        return seen.Count == 0
            ? $"Nothing was paid or sent: no telemetry about customer {customer} has reached us for that time."
            : $"Nothing was paid or sent: of what has reached us about customer {customer} for that time "
                + $"({string.Join(", ", seen)}), nothing was bad enough for any job, or it is not judged yet.";
    }
}
