using ProactiveCare.Cases;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Processes data that arrived before a job began, or that it left out.</summary>
internal sealed class JobsBackfill : Verb
{
    private readonly Argument<string> job = SharedOptions.Job();

    private readonly Option<string> from = new("--from")
    { HelpName = "INSTANT", Required = true, Description = "What was received since then is looked at." };

    public JobsBackfill() : base(
        "backfill", "Looks at what arrived before the job began, or was left out. Nothing is given twice.",
        "proactive-care jobs backfill slow-video-stream --from 2026-03-01T00:00:00Z")
    {
        Add(job);
        Add(from);
    }

    protected override async Task<int> Do(Session session)
    {
        var since = Phrases.InstantOf("--from", session.Get(from))!.Value;
        var ran = await session.Do(Operations.BackfillJob, new BackfillInput(new JobId(session.Get(job)!), since));
        session.Announce(ran.News);
        return JobRuns.Answer(session, ran);
    }
}
