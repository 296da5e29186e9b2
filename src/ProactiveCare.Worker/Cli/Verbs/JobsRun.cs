using ProactiveCare.Cases;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Runs a job now.</summary>
internal sealed class JobsRun : Verb
{
    private readonly Argument<string> job = SharedOptions.Job();

    public JobsRun() : base(
        "run", "Runs a job now: finds and decides everything due. Paying and writing is the worker's.",
        "proactive-care jobs run slow-video-stream") => Add(job);

    protected override async Task<int> Do(Session session)
    {
        var ran = await session.Do(Operations.RunJob, new OneJob(new JobId(session.Get(job)!)));
        session.Announce(ran.News);
        if (ran.Runs.Count > 0) return JobRuns.Answer(session, ran);
        session.Answer(
            new { ran.Job, ran = false, ran.Pause },
            to => to.Line(ran.Pause is { } pause
                ? $"Nothing was run: {JobRuns.Words(pause, session.Zone)}. It goes on with: "
                    + $"proactive-care jobs resume {ran.Job}"
                : $"{ran.Job} has nothing to run."));
        return Failures.No;
    }
}
