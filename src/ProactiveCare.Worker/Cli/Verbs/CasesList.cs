using ProactiveCare.Cases;
using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists cases.</summary>
internal sealed class CasesList : PlainVerb
{
    private readonly Option<string?> job = SharedOptions.OnlyJob();

    private readonly Option<CaseState?> state = SharedOptions.OnlyState<CaseState>();

    private readonly Option<string?> customer = SharedOptions.OnlyCustomer();

    private readonly Option<int> limit = new("--limit")
    { HelpName = "COUNT", Description = "At most so many (default: 100).", DefaultValueFactory = _ => 100 };

    public CasesList() : base(
        "list", "Lists cases, the newest first.", "proactive-care cases list --state held")
    {
        Add(job);
        Add(state);
        Add(customer);
        Add(limit);
    }

    protected override int Show(Session session)
    {
        var wanted = new CaseFilter(
            session.Get(job) is { } id ? new JobId(id) : null, session.Get(state),
            session.Get(customer) is { } who ? new CustomerId(who) : null, Most: Math.Max(0, session.Get(limit)));
        var cases = session.Read(db =>
        {
            if (wanted.Job is { } known) JobBook.Get(db, known);
            return CareCases.List(db, wanted);
        });
        session.Answer(cases.Select(CaseForms.Form).ToList(),
            to => Tell(to, cases, wanted, session.Zone));
        return Failures.Done;
    }

    private static void Tell(Terminal to, IReadOnlyList<CareCase> cases, CaseFilter wanted, DateTimeZone zone)
    {
        if (cases.Count == 0)
        {
            to.Line(wanted == new CaseFilter(Most: wanted.Most)
                ? "There is no case: no job has found anything yet. See what runs: proactive-care jobs list"
                : "There is no such case.");
            return;
        }
        to.Table(
            [new("case", Right: true), "job", "customer", "about", "when", "state", "why"],
            cases.Select(c => new[]
            {
                c.Id.ToString(), c.JobId + (c.Mode == Mode.Shadow ? " (shadow)" : ""), c.Finding.CustomerId.Value,
                c.Finding.Text("title") ?? c.Finding.Text("event") ?? c.Finding.Subject, c.Finding.OccurredAt.On(zone),
                c.State.Text, c.Reason?.Text,
            }));
        if (cases.Count == wanted.Most) to.Line($"These are the newest {wanted.Most}; see more with --limit.");
    }
}
