using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists the runs of a job.</summary>
internal sealed class JobsHistory : PlainVerb
{
    private readonly Argument<string> job = SharedOptions.Job();

    private readonly Option<int> limit = new("--limit")
    { HelpName = "COUNT", Description = "At most so many runs (default: 20).", DefaultValueFactory = _ => 20 };

    public JobsHistory() : base(
        "history", "Lists the runs of a job, the newest first: what each found, decided and left out.",
        "proactive-care jobs history slow-video-stream")
    {
        Add(job);
        Add(limit);
    }

    protected override int Show(Session session)
    {
        var id = new JobId(session.Get(job)!);
        var (zone, runs) = session.Read(db => (
            session.Book.Current(db, JobBook.Get(db, id)).Schedule.TimeZone,
            Runs.History(db, id, Math.Max(0, session.Get(limit)))));
        session.Answer(runs, to =>
        {
            if (runs.Count == 0)
            {
                to.Line($"{id} has never run. Run it now: proactive-care jobs run {id}");
                return;
            }
            to.Table(
                [
                    new("run", Right: true), "started", "mode", "cause", "version", "state",
                    new("found", Right: true), new("decided", Right: true), new("new", Right: true),
                    new("left out", Right: true), "error",
                ],
                runs.Select(run => Row(run, zone)));
        });
        return Failures.Done;
    }

    private static string?[] Row(Run run, DateTimeZone zone) =>
    [
        run.Id.ToString(), run.StartedAt.On(zone), run.Mode, run.Cause, run.Version.Short, run.State.Text,
        Number(run.Found),
        Number(run.Decided), Number(run.NewCases), Number(run.LeftOut), run.Error,
    ];

    private static string Number(long number) =>
        number.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
}
