using ProactiveCare.Jobs;
using ProactiveCare.Payments;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists credits with their totals.</summary>
internal sealed class CreditsList : PlainVerb
{
    private readonly Option<CreditState?> state = SharedOptions.OnlyState<CreditState>();

    private readonly Option<string?> job = SharedOptions.OnlyJob();

    private readonly Option<string?> since = new("--since")
    { HelpName = "INSTANT", Description = "Only those made since then." };

    public CreditsList() : base(
        "list", "Lists credits with their totals, and why the pending ones wait.",
        "proactive-care credits list --state pending\nproactive-care credits list --since 2026-03-01T00:00:00Z")
    {
        Add(state);
        Add(job);
        Add(since);
    }

    protected override int Show(Session session)
    {
        var id = session.Get(job) is { } name ? new JobId(name) : (JobId?)null;
        var from = Phrases.InstantOf("--since", session.Get(since));
        var (credits, undo) = session.Read(db =>
        {
            if (id is { } known) JobBook.Get(db, known);
            return (Credits.List(db, session.Get(state), id, from),
                CreditUndo.Open(db).ToDictionary(request => request.CreditId));
        });
        session.Answer(credits.Select(credit => Form(credit, undo.GetValueOrDefault(credit.Id))).ToList(), to =>
        {
            if (credits.Count == 0)
            {
                to.Line(session.Get(state) == CreditState.Pending
                    ? "No credit waits for a decision."
                    : "There is no such credit.");
            }
            else Tell(to, credits, credit => Why(credit, undo.GetValueOrDefault(credit.Id), session), session.Zone);
        });
        return Failures.Done;
    }

    private static object Form(Credit credit, UndoRequest? undo) => new
    {
        credit.Id,
        credit.CaseId,
        credit.JobId,
        credit.CustomerId,
        credit.Kind,
        credit.Entitlement,
        credit.PurchaseId,
        amount = credit.Amount.Decimal,
        credit.Currency,
        credit.State,
        credit.HoldReason,
        credit.DecideByAt,
        credit.CreatedAt,
        credit.ApprovedAt,
        credit.SettledAt,
        credit.Gateway,
        credit.Reference,
        credit.Reason,
        reduced = credit.ReducedMinor == 0 ? null : new Money(credit.ReducedMinor, credit.Currency).Decimal,
        credit.WaitsFor,
        undoAskedBy = undo?.By,
        undoReason = undo?.Reason,
    };

    private static void Tell(Terminal to, IReadOnlyList<Credit> credits, Func<Credit, string?> why, DateTimeZone zone)
    {
        to.Table(
            [
                new("credit", Right: true), new("case", Right: true), "job", "customer", "kind",
                new("amount", Right: true), "made", "state", "why",
            ],
            credits.Select(c => new[]
            {
                c.Id.ToString(), c.CaseId.ToString(), c.JobId.Value, c.CustomerId.Value, c.Kind.Text,
                    c.Amount.ToString(),
                c.CreatedAt.On(zone), c.State.Text, why(c),
            }));
        foreach (var group in credits.GroupBy(c => c.State).OrderBy(g => CreditState.All.ToList().IndexOf(g.Key)))
        {
            to.Line($"{group.Key}: {Phrases.Count(group.Count(), "credit")}, "
                + Phrases.Sums(group.Select(c => c.Amount)));
        }
        if (credits.FirstOrDefault(c => c.State == CreditState.Pending) is { } first)
        {
            to.Line($"Why one waits:  proactive-care cases explain {first.CaseId}");
            to.Line($"To decide:      proactive-care credits approve {first.Id}");
            to.Line($"                proactive-care credits reject {first.Id} --reason TEXT");
        }
    }

    private static string? Why(Credit credit, UndoRequest? undo, Session session) => string.Join("; ", new[]
    {
        credit.Waits,
        credit.ReducedMinor > 0
            ? $"{new Money(credit.ReducedMinor, credit.Currency)} of it were given elsewhere"
            : null,
        WhyState(credit, undo, session),
    }.OfType<string>());

    private static string? WhyState(Credit credit, UndoRequest? undo, Session session)
    {
        if (undo is not null)
            return $"{undo.By} asks to undo it: {undo.Reason}; another person: credits confirm {credit.Id}";
        var (zone, now) = (session.Zone, session.Time.Now());
        if (credit.HoldReason is { } hold)
        {
            return hold.Because
                + (credit.DecideByAt is { } by ? $"; decide by {by.On(zone)}{(by < now ? ", overdue" : "")}" : "");
        }
        if (credit.State == CreditState.Settling) return $"with {credit.Gateway} since {credit.SettlingAt?.On(zone)}";
        return credit.State == CreditState.Settled ? $"{credit.Gateway}, {credit.SettledAt?.On(zone)}" : credit.Reason;
    }
}
