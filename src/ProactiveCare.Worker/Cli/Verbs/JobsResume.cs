using ProactiveCare.Jobs;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Resumes the runs of a paused job.</summary>
internal sealed class JobsResume : Verb
{
    private readonly Argument<string> job = SharedOptions.Job();

    private readonly Option<string?> reason = new("--reason")
    { HelpName = "TEXT", Description = "Why, for the record." };

    public JobsResume() : base(
        "resume", "Lets a paused job run again.", "proactive-care jobs resume slow-video-stream")
    {
        Add(job);
        Add(reason);
    }

    protected override async Task<int> Do(Session session)
    {
        var resumed = await session.Do(
            Operations.ResumeJob, new ResumeInput(new JobId(session.Get(job)!), session.Get(reason)));
        session.Announce(resumed.News);
        session.Answer(
            new { resumed.Job, resumed.Paused },
            to => to.Line($"{resumed.Job} runs again; what came meanwhile is found by its next run."));
        return Failures.Done;
    }
}
