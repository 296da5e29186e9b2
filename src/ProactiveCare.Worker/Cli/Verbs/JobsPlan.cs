using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Shows what the next run of a job would find.</summary>
internal sealed class JobsPlan : PlainVerb
{
    private readonly Argument<string> job = SharedOptions.Job();

    private readonly Option<int> limit = new("--limit")
    { HelpName = "COUNT", Description = "Show so many findings (default: 10).", DefaultValueFactory = _ => 10 };

    public JobsPlan() : base(
        "plan", "Shows what the next run of a job would find, and changes nothing.",
        "proactive-care jobs plan slow-video-stream")
    {
        Add(job);
        Add(limit);
    }

    protected override int Show(Session session)
    {
        var (id, now) = (new JobId(session.Get(job)!), session.Time.Now());
        var plans = session.Read(db => session.Book.Due(db, id)
            .Select(due => (Due: due, Run: Runs.Planned(db, due.Job, due.Mode, "manual", now))).ToList())
            .Select(p => (p.Due, p.Run, Found: session.Find(p.Due.Job, p.Run)))
            .ToList();
        var known = plans.Select(p => session.Read(db =>
            p.Found.Count(f => CareCases.Of(db, id, p.Due.Mode, f) is not null))).ToList();
        var most = Math.Max(0, session.Get(limit));
        session.Answer(
            plans.Zip(known, (p, k) => new
            {
                job = id, p.Due.Mode, version = p.Due.Job.Version, p.Run.After, p.Run.Upto, p.Run.SinceAt,
                p.Run.LeftOut,
                found = p.Found.Count, newFindings = p.Found.Count - k, findings = p.Found.Take(most).Select(Form),
            }).ToList(),
            to =>
            {
                foreach (var (p, k) in plans.Zip(known)) Tell(to, session, p.Due, p.Found, (k, most));
            });
        return Failures.Done;
    }

    private static object Form(Finding finding) => new
    {
        finding.Subject,
        finding.CustomerId,
        finding.ServiceEvent,
        finding.OccurredAt,
        finding.InDoubt,
        finding.PurchaseId,
        evidence = System.Text.Json.JsonDocument.Parse(finding.Evidence).RootElement,
    };

    private static void Tell(
        Terminal to, Session session, ScheduledJob due, IReadOnlyList<Finding> found, (int Known, int Most) count)
    {
        to.Line($"{due.Job.Id}, {due.Mode}: the next run would find {Phrases.Count(found.Count, "subject")}, "
            + $"{found.Count - count.Known} of them new. Nothing was changed.");
        if (found.Count == 0 || count.Most == 0) return;
        to.Table(
            ["customer", "subject", "when", "seen"],
            found.Take(count.Most).Select(f => new[]
            {
                f.CustomerId.Value, f.Subject, f.OccurredAt.On(session.Zone), Evidence(f),
            }));
        if (found.Count > count.Most)
            to.Line($"and {found.Count - count.Most} more; see them with --limit {found.Count}");
    }

    private static string Evidence(Finding finding)
    {
        using var evidence = System.Text.Json.JsonDocument.Parse(finding.Evidence);
        var seen = evidence.RootElement.EnumerateObject()
            .Where(p => p.Value.ValueKind is not System.Text.Json.JsonValueKind.Null)
            .Select(p => $"{p.Name}={p.Value}");
        var text = string.Join(' ', seen);
        return text.Length <= 80 ? text : text[..77] + "...";
    }
}
