using ProactiveCare.Audit;
using ProactiveCare.Cases;
using ProactiveCare.Notices;
using ProactiveCare.Payments;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Shows all of a case.</summary>
internal sealed class CasesShow : PlainVerb
{
    private readonly Argument<long> number = new("CASE") { Description = "Its number, as 'cases list' shows it." };

    public CasesShow() : base(
        "show", "Shows all of a case: finding, decisions with their facts, credits, notices, and who did what.",
        "proactive-care cases show 17")
    {
        Add(number);
    }

    protected override int Show(Session session)
    {
        var seen = session.Read(db =>
        {
            var about = CaseForms.Known(db, session.Get(number));
            var credits = Credits.OfCase(db, about.Id);
            return new Whole(
                about, DecisionLog.Of(db, about.Id), credits,
                NoticeList.Newest(db, new NoticeFilter(CaseId: about.Id), 100),
                [.. credits.SelectMany(credit => AuditLog.Of(db, $"credit:{credit.Id}"))]);
        });
        session.Answer(Form(seen), to => Tell(to, seen, session.Zone));
        return Failures.Done;
    }

    private static object Form(Whole seen) => new
    {
        Case = CaseForms.Form(seen.About),
        Decisions = seen.Decisions.Select(d => new
        {
            d.Number, d.Version, d.RuleVersion, d.Outcome, d.Reason, d.InDoubt, Owed = Sum(d.TargetMinor, d.Currency),
            Pays = Sum(d.PaysMinor, d.Currency), d.DecidedAt, Facts = CaseForms.Parsed(d.Facts),
        }),
        seen.Credits,
        seen.Notices,
        Trail = seen.Trail.Select(line =>
            new { line.At, line.Actor, line.Action, Detail = CaseForms.Parsed(line.Detail) }),
    };

    private static Money? Sum(long minor, Currency? currency) => currency is { }

 c ? new Money(minor, c) : null;

    private static void Tell(Terminal to, Whole seen, DateTimeZone zone)
    {
        var (about, finding) = (seen.About, seen.About.Finding);
        to.Line($"Case {about.Id}: {about.State}"
            + (about.Reason is null ? "" : $", because {about.Reason.Because}"));
        to.Line($"  job        {about.JobId}"
            + (about.Mode == Mode.Shadow ? ", in shadow: nothing is paid or sent" : ""));
        to.Line($"  customer   {finding.CustomerId}");
        to.Line($"  subject    {finding.Subject}{(finding.InDoubt ? ", in doubt, decided for the customer" : "")}");
        to.Line($"  event      {finding.ServiceEvent}, {finding.OccurredAt.On(zone)}");
        if (finding.PurchaseId is { } purchase) to.Line($"  purchase   {purchase}");
        to.Line($"  opened     {about.OpenedAt.On(zone)}");
        var evidence = CaseForms.Parsed(finding.Evidence).EnumerateObject()
            .Where(p => p.Value.ValueKind != System.Text.Json.JsonValueKind.Null).Select(p => $"{p.Name} {p.Value}");
        to.Line("  seen       " + string.Join(", ", evidence));
        foreach (var decision in seen.Decisions) to.Line($"  decision   {Words(decision, zone)}");
        foreach (var credit in seen.Credits)
        {
            to.Line($"  credit     {credit.Id}: {credit.Amount}, {credit.Kind}, {credit.State}"
                + (credit.HoldReason is { } hold ? $" ({hold})" : "") + (credit.Reason is { } why ? $": {why}" : ""));
        }
        foreach (var notice in seen.Notices)
        {
            to.Line($"  notice     {notice.NoticeId}: {notice.Event}, {notice.State}"
                + (notice.Reason is { } why ? $" ({why})" : ""));
        }
        foreach (var line in seen.Trail)
            to.Line($"  by hand    {line.At.On(zone)} {line.Actor}: {line.Action} {line.Detail}");
    }

    private static string Words(Decision decision, DateTimeZone zone) =>
        $"{decision.Number} on {decision.DecidedAt.On(zone)}: {decision.Outcome}"
        + (decision.Reason is { } reason ? $" ({reason})" : "")
        + (decision.Currency is { } currency
            ? $", owed {new Money(decision.TargetMinor, currency)}, "
                + $"of which {new Money(decision.PaysMinor, currency)} new"
            : "")
        + $", by version {decision.Version.Short} and rule {decision.RuleVersion}";

    private sealed record Whole(
        CareCase About, IReadOnlyList<Decision> Decisions, IReadOnlyList<Credit> Credits,
        IReadOnlyList<NoticeLine> Notices, IReadOnlyList<AuditLine> Trail);
}
