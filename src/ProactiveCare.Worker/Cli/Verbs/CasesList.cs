using ProactiveCare.Cases;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists cases.</summary>
internal sealed class CasesList : PlainVerb
{
    private readonly Option<CaseState?> state = SharedOptions.OnlyState<CaseState>();

    private readonly ListOptions list = new("found", 100);

    public CasesList() : base(
        "list", "Lists cases, the newest first.",
        "proactive-care cases list --state held\nproactive-care cases list --state waiting --since last-week")
    {
        Add(state);
        list.AddTo(this);
    }

    protected override int Show(Session session)
    {
        var (job, customer, opened, most) = list.Of(session);
        var wanted = new CaseFilter(job, session.Get(state), customer, Most: most, Opened: opened);
        var cases = session.Read(db => CareCases.List(db, wanted));
        session.Answer(cases.Select(CaseForms.Form).ToList(), to => Tell(to, cases, wanted, session.Zone));
        return Failures.Done;
    }

    private static void Tell(Terminal to, IReadOnlyList<CareCase> cases, CaseFilter wanted, DateTimeZone zone)
    {
        if (cases.Count == 0)
        {
            to.Line(wanted == new CaseFilter(Most: wanted.Most, Opened: TimeFrame.Ever)
                ? "There is no case: no job has found anything yet. See what runs: proactive-care jobs list"
                : "There is no such case. See all with: proactive-care cases list");
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
