using System.CommandLine;
using ProactiveCare.Audit;
using ProactiveCare.Jobs;
using ProactiveCare.Payments;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static class AndonCommands
{
    public static Command Group() => new("andon", "Stops a job from paying at once, and lets it pay again.")
    {
        Pull(), Release(),
    };

    private static Verb Pull()
    {
        var (job, reason) = (JobArgument(), ReasonOption("Why, for those who find the job stopped."));
        var verb = new Verb(
            "pull", "Stops a job from paying: it goes on finding and deciding, and everything it owes is held.",
            "proactive-care andon pull slow-video-stream --reason \"refunds twice what was paid\"")
        {
            job, reason,
        };
        // Whoever sees money go wrong may stop it.
        return verb.Writes(Role.All, async session =>
        {
            var (id, now) = (new JobId(session.Get(job)!), session.Time.Now());
            await session.Store.Write(db => JobStops.Begin(
                db, id, new JobStop(StopKind.Andon, session.Get(reason)!, session.Actor.Name, now, null),
                    session.Actor.Id));
            var waiting = session.Store.Read(db => Credits.List(db, CreditState.Approved, id)).Count;
            session.Answer(new { job = id, andon = true, reason = session.Get(reason), approvedBefore = waiting }, to =>
            {
                to.Line($"The andon of {id} is pulled: what it decides from now on is held, and none of it is paid.");
                if (waiting > 0)
                {
                    to.Line($"{Phrases.Count(waiting, "credit")} approved before and not handed over stopped with it; "
                        + "take back what is wrong with: proactive-care credits reverse");
                }
                to.Line($"When it is over: proactive-care andon release {id} --reason TEXT");
            });
            return Failures.Done;
        });
    }

    private static Verb Release()
    {
        var (job, reason) = (JobArgument(), ReasonOption("What was found and done, for the record."));
        var verb = new Verb(
            "release", "Lets a job pay again; what the andon held is paid as the job's limits allow.",
            "proactive-care andon release slow-video-stream --reason \"the price list is right again\"")
        {
            job, reason,
        };
        return verb.Writes(Role.Operator, async session =>
        {
            var id = new JobId(session.Get(job)!);
            if (string.IsNullOrWhiteSpace(session.Get(reason)))
                throw new UsageException("Say what was found and done, with --reason, for the record.");
            await session.Store.Write(db =>
                JobStops.End(db, id, StopKind.Andon, session.Get(reason)!, session.Actor.Id, session.Time.Now()));
            var held = session.Store.Read(db => Credits.List(db, CreditState.Pending, id))
                .Where(credit => credit.HoldReason == HoldReason.Andon).ToList();
            session.Answer(new { job = id, andon = false, held = held.Count }, to =>
            {
                to.Line($"The andon of {id} is released.");
                if (held.Count == 0) return;
                var sum = Phrases.Sums(held.Select(credit => credit.Amount));
                to.Line($"{Phrases.Count(held.Count, "credit")} that it held, {sum}, "
                    + $"{(held.Count == 1 ? "is" : "are")} released by the worker: proactive-care run");
            });
            return Failures.Done;
        });
    }

    private static Argument<string> JobArgument() =>
        new("JOB") { Description = "A job's id, as 'jobs list' shows it." };

    private static Option<string> ReasonOption(string description) =>
        new("--reason") { HelpName = "TEXT", Required = true, Description = description };
}
