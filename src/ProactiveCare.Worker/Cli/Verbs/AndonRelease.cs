using ProactiveCare.Jobs;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Resumes the payments of a job.</summary>
internal sealed class AndonRelease : Verb
{
    private readonly Argument<string> job = SharedOptions.Job();

    private readonly Option<string> reason = SharedOptions.Reason("What was found and done, for the record.");

    public AndonRelease() : base(
        "release", "Lets a job pay again; what the andon held is paid as the job's limits allow.",
        "proactive-care andon release slow-video-stream --reason \"the price list is right again\"")
    {
        Add(job);
        Add(reason);
    }

    protected override async Task<int> Do(Session session)
    {
        var released = await session.Do(
            Operations.ReleaseAndon, new OneJobWhy(new JobId(session.Get(job)!), session.Get(reason)!));
        session.Answer(released, to =>
        {
            to.Line($"The andon of {released.Job} is released.");
            if (released.Held == 0) return;
            to.Line($"{Phrases.Count(released.Held, "credit")} that it held, {Phrases.Sums(released.Amounts)}, "
                + $"{(released.Held == 1 ? "is" : "are")} released by the worker" + session.WorkerStart);
        });
        return Failures.Done;
    }
}
