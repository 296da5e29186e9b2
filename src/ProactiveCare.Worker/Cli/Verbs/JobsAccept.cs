using ProactiveCare.Cases;
using ProactiveCare.Jobs;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Activates the newest version of a job.</summary>
internal sealed class JobsAccept : Verb
{
    private readonly Argument<string> job = SharedOptions.Job();

    private readonly Option<bool> yes = new("--yes") { Description = "Accept without being asked." };

    public JobsAccept() : base(
        "accept", "Has the newest version of a job act, after showing what changed and what it would have cost.",
        "proactive-care jobs accept slow-video-stream")
    {
        Add(job);
        Add(yes);
    }

    protected override async Task<int> Do(Session session)
    {
        var offer = await session.Do(Operations.OfferJob, new OneJob(new JobId(session.Get(job)!)));
        session.Announce(offer.News);
        if (!session.Get(yes) || offer.Problems.Count > 0)
        {
            Show(session.Terminal, offer, inAnswer: false);
            if (offer.Problems.Count > 0) return Refused(session.Terminal, offer);
            if (!await Confirmed(session, offer.Job)) return Failures.No;
        }
        var accepted = await session.Do(Operations.AcceptJob, new AcceptInput(offer.Job, offer.Version));
        session.Answer(
            new
            {
                job = offer.Job, offer.Version, accepted.AcceptedBy, offer.Changes, offer.Cases, offer.WouldHaveGiven,
            },
            to =>
            {
                if (session.Get(yes)) Show(to, offer, inAnswer: true);
                to.Line($"{accepted.AcceptedBy} accepted {offer.Job}, version {offer.Version.Short}: "
                    + (offer.Terms.Shadow ? "it stays in shadow, as its folder says." : "it is live."));
                to.Line("It begins with what arrives from now on; what came before is for: "
                    + $"proactive-care jobs backfill {offer.Job} --from INSTANT");
                if (offer.Terms.Pays) to.Line("Somebody else with the role finance decides about what it holds.");
            });
        return Failures.Done;
    }

    private static int Refused(Terminal to, JobOffer offer)
    {
        to.Complain($"Version {offer.Version.Short} of {offer.Job} is not accepted, because its check fails:");
        foreach (var problem in offer.Problems) to.Complain($"  {problem}");
        return Failures.No;
    }

    private static void Show(Terminal to, JobOffer offer, bool inAnswer)
    {
        Action<string> line = inAnswer ? to.Line : to.Complain;
        line($"{offer.Job}: {offer.Description}");
        if (offer.IsFirst)
        {
            line("  No version of it acts yet.");
            line($"  budget a day  {Phrases.Sums(offer.Terms.DailyBudget)}");
            if (offer.Terms.ApprovalAbove is { } above) line($"  finance asked above  {Phrases.Sums(above)}");
        }
        else if (offer.Unreadable is { } unreadable) line($"  The changes are not known. {unreadable}");
        else
        {
            line(offer.Changes.Count == 0
                ? "  Nothing that means anything changed since the version that acts."
                : "  Changed since the version that acts:");
        }
        foreach (var change in offer.Changes)
        {
            line($"    {change}{(change.ChangesMoney ? "    (money)" : "")}");
            foreach (var each in change.Lines) to.Changed("      " + each, inAnswer);
        }
        foreach (var note in offer.Notes) line($"  note  {note}");
        line(offer.Cases == 0
            ? "  In shadow it has found nothing yet, so what it costs is not known."
            : $"  In shadow it would have helped in {Phrases.Count(offer.Cases, "case")}, "
                + $"giving {Phrases.Sums(offer.WouldHaveGiven)}.");
    }

    private static async Task<bool> Confirmed(Session session, JobId id)
    {
        if (!session.Terminal.Traits.Interactive)
        {
            throw new UsageException(
                $"Nothing was accepted. Without a terminal to ask at, say so: proactive-care jobs accept {id} --yes");
        }
        session.Terminal.Error.Write("Accept it? [y/N] ");
        session.Terminal.Error.Flush();
        using var reader = new StreamReader((await session.OpenFile("-")).Content);
        var answer = await reader.ReadLineAsync(session.Cancellation) ?? "";
        if (answer.Trim().ToLowerInvariant() is "y" or "yes") return true;
        session.Terminal.Complain("Nothing was accepted.");
        return false;
    }
}
