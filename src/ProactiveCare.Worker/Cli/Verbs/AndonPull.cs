using ProactiveCare.Jobs;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Stops the payments of a job.</summary>
internal sealed class AndonPull : Verb
{
    private readonly Argument<string> job = SharedOptions.Job();

    private readonly Option<string> reason = SharedOptions.Reason("Why, for those who find the job stopped.");

    public AndonPull() : base(
        "pull", "Stops a job from paying: it goes on finding and deciding, and everything it owes is held.",
        "proactive-care andon pull slow-video-stream --reason \"refunds twice what was paid\"")
    {
        Add(job);
        Add(reason);
    }

    protected override async Task<int> Do(Session session)
    {
        var pulled = await session.Do(
            Operations.PullAndon, new OneJobWhy(new JobId(session.Get(job)!), session.Get(reason)!));
        session.Answer(pulled, to =>
        {
            to.Line(
                $"The andon of {pulled.Job} is pulled: what it decides from now on is held, and none of it is paid.");
            if (pulled.ApprovedBefore > 0)
            {
                to.Line($"{Phrases.Count(pulled.ApprovedBefore, "credit")} approved before and not handed over "
                    + "stopped with it; take back what is wrong with: proactive-care credits reverse");
            }
            to.Line($"When it is over: proactive-care andon release {pulled.Job} --reason TEXT");
        });
        return Failures.Done;
    }
}
