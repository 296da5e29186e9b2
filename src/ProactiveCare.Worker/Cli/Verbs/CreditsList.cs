using ProactiveCare.Payments;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists credits with their totals.</summary>
internal sealed class CreditsList : PlainVerb
{
    private readonly Option<CreditState?> state = SharedOptions.OnlyState<CreditState>();

    private readonly ListOptions list = new("made", 100);

    private readonly Option<string?> approver = new("--approver")
    { HelpName = "NAME", Description = "Only those that this user approved or rejected." };

    private readonly Option<bool> overdue = new("--overdue")
    { Description = "Only those that a person should have decided about by now." };

    private readonly Option<bool> stuck = new("--stuck")
    { Description = "Only those that do not go on by themselves, or have not for a day." };

    private readonly Option<bool> totals = new("--totals")
    { Description = "The sums alone, by job, day of the company, state and currency." };

    public CreditsList() : base(
        "list", "Lists the newest credits, with the totals of all, and why the pending ones wait.",
        "proactive-care credits list --since yesterday\n"
        + "proactive-care credits list --job slow-video-stream --since last-week --until last-week --totals\n"
        + "proactive-care credits list --stuck")
    {
        Add(state);
        list.AddTo(this);
        Add(approver);
        Add(overdue);
        Add(stuck);
        Add(totals);
    }

    protected override int Show(Session session)
    {
        var (job, customer, made, most) = list.Of(session);
        var filter = new CreditFilter
        {
            Job = job, State = session.Get(state), Customer = customer, Made = made, Approver = session.Get(approver),
            Overdue = session.Get(overdue), Stuck = session.Get(stuck), Now = session.Time.Now(),
        };
        var (credits, days, undo) = session.Read(db => (
            session.Get(totals) ? [] : CreditList.Newest(db, filter, most), CreditList.Days(db, filter, session.Zone),
            CreditUndo.Open(db).ToDictionary(request => request.CreditId)));
        session.Answer(
            session.Get(totals)
                ? days.Select(Form).ToList()
                : credits.Select(c => Form(c.Credit, c.Approver, undo.GetValueOrDefault(c.Credit.Id))).ToList(),
            to =>
            {
                if (days.Count == 0) to.Line(Empty(filter));
                else if (session.Get(totals)) Tell(to, days);
                else Tell(to, credits, days, c => Why(c, undo.GetValueOrDefault(c.Id), session), session);
            });
        return Failures.Done;
    }

    private static string Empty(CreditFilter filter) => filter switch
    {
        { Stuck: true } => "Nothing is stuck.",
        { Overdue: true } => "No decision is overdue.",
        _ when filter.State == CreditState.Pending => "No credit waits for a decision.",
        _ when filter == new CreditFilter { Now = filter.Now } =>
            "There is no credit yet: no job has given anything. See what runs: proactive-care jobs list",
        _ => "There is no such credit. See all with: proactive-care credits list",
    };

    private static object Form(CreditDay day) => new
    {
        day.JobId, day.Day, day.State, day.Count, amount = day.Amount.Decimal, day.Currency,
    };

    private static object Form(Credit credit, string? approver, UndoRequest? undo) => new
    {
        credit.Id, credit.CaseId, credit.JobId, credit.CustomerId, credit.Kind, credit.Entitlement, credit.PurchaseId,
        amount = credit.Amount.Decimal, credit.Currency, credit.State, credit.HoldReason, credit.DecideByAt,
        credit.CreatedAt, credit.ApprovedAt, approver, credit.SettledAt, credit.Gateway, credit.Reference,
        credit.Reason,
        reduced = credit.ReducedMinor == 0 ? null : new Money(credit.ReducedMinor, credit.Currency).Decimal,
        credit.WaitsFor, undoAskedBy = undo?.By, undoReason = undo?.Reason,
    };

    private static void Tell(Terminal to, IReadOnlyList<CreditDay> days)
    {
        to.Table(
            ["job", "day", "state", new("credits", Right: true), new("amount", Right: true)],
            days.Select(day => new[]
            {
                day.JobId.Value, NodaTime.Text.LocalDatePattern.Iso.Format(day.Day), day.State.Text,
                day.Count.ToString("N0", CultureInfo.InvariantCulture), day.Amount.ToString(),
            }));
        Sums(to, days);
    }

    private static void Tell(
        Terminal to, IReadOnlyList<(Credit Credit, string? Approver)> credits, IReadOnlyList<CreditDay> days,
        Func<Credit, string?> why, Session session)
    {
        to.Table(
            [
                new("credit", Right: true), new("case", Right: true), "job", "customer", "kind",
                new("amount", Right: true), "made", "state", "approver", "why",
            ],
            credits.Select(c => new[]
            {
                c.Credit.Id.ToString(), c.Credit.CaseId.ToString(), c.Credit.JobId.Value, c.Credit.CustomerId.Value,
                c.Credit.Kind.Text, c.Credit.Amount.ToString(), c.Credit.CreatedAt.On(session.Zone),
                c.Credit.State.Text, c.Approver, why(c.Credit),
            }));
        Sums(to, days);
        var count = days.Sum(day => day.Count);
        if (count > credits.Count)
            to.Line($"These are the newest {credits.Count} of {count:N0}; see more with --limit.");
        if (credits.Select(c => c.Credit).FirstOrDefault(c => c.State == CreditState.Pending) is { } first)
        {
            to.Line($"Why one waits:  proactive-care cases explain {first.CaseId}");
            to.Line($"To decide:      proactive-care credits approve {first.Id}");
            to.Line($"                proactive-care credits reject {first.Id} --reason TEXT");
        }
        if (credits.Select(c => c.Credit).FirstOrDefault(c => c.State == CreditState.Failed) is { } failed)
        {
            to.Line($"To pay again:   proactive-care credits retry {failed.Id}");
            if (failed.Kind == CreditKind.Refund)
                to.Line($"To the account: proactive-care credits convert {failed.Id}");
            to.Line($"To write off:   proactive-care credits reverse {failed.Id} --reason TEXT");
        }
    }

    private static void Sums(Terminal to, IReadOnlyList<CreditDay> days)
    {
        foreach (var group in days.GroupBy(day => day.State).OrderBy(g => CreditState.All.ToList().IndexOf(g.Key)))
        {
            to.Line($"{group.Key}: {Phrases.Count(group.Sum(day => day.Count), "credit")}, "
                + Phrases.Sums(group.Select(day => day.Amount)));
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
        if (credit.State == CreditState.Approved) return "the worker hands it over";
        if (credit.State == CreditState.Settling) return $"with {credit.Gateway} since {credit.SettlingAt?.On(zone)}";
        return credit.State == CreditState.Settled
            ? $"{credit.Gateway}, {credit.SettledAt?.On(zone)}{(credit.Reason is { } why ? $"; {why}" : "")}"
            : credit.Reason;
    }
}
