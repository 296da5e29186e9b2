using ProactiveCare.Jobs;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Stops the runs of a job.</summary>
internal sealed class JobsPause : Verb
{
    private readonly Argument<string> job = SharedOptions.Job();

    private readonly Option<string> reason = SharedOptions.Reason("Why, for those who find the job paused.");

    private readonly Option<string?> until = new("--until")
    { HelpName = "INSTANT", Description = "When it goes on by itself." };

    private readonly Option<string?> span = new("--for")
    { HelpName = "SPAN", Description = "It goes on by itself after 90s, 30m, 2h, 5d." };

    public JobsPause() : base(
        "pause", "Stops the runs of a job; what is due waits, and is found when it goes on.",
        "proactive-care jobs pause slow-video-stream --reason \"the CDN sends wrong numbers\" --for 2h")
    {
        Add(job);
        Add(reason);
        Add(until);
        Add(span);
    }

    protected override async Task<int> Do(Session session)
    {
        var paused = await session.Do(
            Operations.PauseJob,
            new PauseInput(
                new JobId(session.Get(job)!), session.Get(reason)!, Phrases.InstantOf("--until", session.Get(until)),
                Phrases.SpanOf("--for", session.Get(span))));
        session.Announce(paused.News);
        session.Answer(
            new { paused.Job, paused.Paused, paused.Reason, paused.UntilAt },
            to => to.Line(paused.UntilAt is { } at
                ? $"{paused.Job} is paused until {at.On(session.Zone)}."
                : $"{paused.Job} is paused until somebody says: proactive-care jobs resume {paused.Job}"));
        return Failures.Done;
    }
}
