using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists the runs of a job.</summary>
internal sealed class JobsHistory : PlainVerb
{
    private readonly Argument<string> job = SharedOptions.Job();

    private readonly Option<RunState?> state = SharedOptions.OnlyState<RunState>();

    private readonly ListOptions list = new("started", 20);

    public JobsHistory() : base(
        "history", "Lists the runs of a job, the newest first: what each found, decided and left out.",
        "proactive-care jobs history slow-video-stream")
    {
        Add(job);
        Add(state);
        list.AddTo(this, isOfOneJob: true);
    }

    protected override int Show(Session session)
    {
        var id = new JobId(session.Get(job)!);
        var (_, _, started, most) = list.Of(session);
        var runs = session.Read(db =>
        {
            JobBook.Get(db, id);
            return Runs.History(db, id, most, session.Get(state), started);
        });
        session.Answer(runs, to =>
        {
            if (runs.Count == 0)
            {
                to.Line(session.Get(state) is null && started == TimeFrame.Ever
                    ? $"{id} has never run. Run it now: proactive-care jobs run {id}"
                    : $"{id} has no such run. See all with: proactive-care jobs history {id}");
                return;
            }
            to.Table(
                [
                    new("run", Right: true), "started", "mode", "cause", "version", "state",
                    new("found", Right: true), new("decided", Right: true), new("new", Right: true),
                    new("left out", Right: true), "error",
                ],
                runs.Select(run => Row(run, session.Zone)));
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
