using System.CommandLine;
using ProactiveCare.Audit;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static partial class JobCommands
{
    private static Verb RunNow()
    {
        var job = JobArgument();
        var verb = new Verb(
            "run", "Runs a job now: finds and decides everything due. Paying and writing is the worker's.",
            "proactive-care jobs run slow-video-stream")
        {
            job,
        };
        return verb.Writes(Role.Operator, async session =>
        {
            var (id, product) = (IdOf(session, job), session.Product);
            session.Store.Read(db => JobBook.Get(db, id));
            var waited = session.Store.Read(db => DecisionTally.OfWaiting(db, id));
            var runs = await product.Runner.RunDue(id, "manual", session.Actor.Id);
            var again = Less(session.Store.Read(db => DecisionTally.OfWaiting(db, id)), waited);
            return runs.Count == 0 ? SayPaused(session, id) : Answer(session, id, [.. runs], again);
        });
    }

    private static Verb Backfill()
    {
        var job = JobArgument();
        var from = new Option<string>("--from")
        { HelpName = "INSTANT", Required = true, Description = "What was received since then is looked at." };
        var verb = new Verb(
            "backfill", "Looks at what arrived before the job began, or was left out. Nothing is given twice.",
            "proactive-care jobs backfill slow-video-stream --from 2026-03-01T00:00:00Z")
        {
            job, from,
        };
        return verb.Writes(Role.Operator, async session =>
        {
            var since = Phrases.InstantOf("--from", session.Get(from))!.Value;
            if (since > session.Time.Now()) throw new UsageException("--from lies in the future.");
            var id = IdOf(session, job);
            var run = await session.Product.Runner.Backfill(id, since, session.Actor.Id);
            return Answer(session, id, [run], []);
        });
    }

    private static int SayPaused(Session session, JobId id)
    {
        var stops = session.Store.Read(db => JobStops.Of(db, id, session.Time.Now()));
        var pause = stops.FirstOrDefault(stop => stop.Kind == StopKind.Pause);
        session.Answer(
            new { job = id, ran = false, pause },
            to => to.Line(pause is null
                ? $"{id} has nothing to run."
                : $"Nothing was run: {Words(pause, Zone(session))}. It goes on with: proactive-care jobs resume {id}"));
        return Failures.No;
    }

    private static int Answer(Session session, JobId id, IReadOnlyList<Run> runs, IReadOnlyList<DecisionTally> again)
    {
        var told = session.Store.Read(db =>
            runs.Select(run => (Run: run, Decided: DecisionTally.OfRun(db, run.Id))).ToList());
        var booked = session.Store.Read(db => JobBook.Get(db, id));
        var missed = runs.All(run => run.Cause != "backfill")
            ? session.Store.Read(db => Lag.BeforeItBegan(db, id, runs[0].Mode))
            : null;
        session.Answer(
            new
            {
                job = id,
                ran = true,
                runs = told.Select(t => new { t.Run, decisions = t.Decided.Select(Form) }),
                decidedAgain = again.Select(Form),
                arrivedBefore = missed,
            },
            to =>
            {
                foreach (var (run, decided) in told) Tell(to, run, decided);
                if (again.Count > 0) to.Line("Of the cases that had waited:");
                foreach (var line in again) to.Line("  " + Words(line));
                var live = told.Where(t => t.Run.Mode == Mode.Live).SelectMany(t => t.Decided);
                TellNext(to, booked, [.. live, .. again]);
                if (missed is { OldestAt: { } oldest })
                {
                    to.Line($"{Phrases.Count(missed.Rows, "row")} arrived before this job was activated and "
                        + $"{(missed.Rows == 1 ? "was" : "were")} not looked at. To look: "
                        + $"proactive-care jobs backfill {id} --from {oldest.Iso()}");
                }
            });
        return runs.Any(run => run.Error is not null) ? Failures.No : Failures.Done;
    }

    private static object Form(DecisionTally line) => new { line.Outcome, line.Reason, line.Count, line.Amount };

    private static void Tell(Terminal to, Run run, IReadOnlyList<DecisionTally> decided)
    {
        to.Line($"{run.JobId}, {run.Mode}, run {run.Id}: {Phrases.Count(run.Found, "finding")}, "
            + $"{Phrases.Count(run.NewCases, "new case")}.");
        if (run.Error is { } error) to.Line($"  failed, and nothing was decided: {error}");
        if (run.State.IsOneOf(RunState.Stored, RunState.Staged))
            to.Line($"  {run.Decided} of them are decided; other nodes are at the rest, and finish it.");
        foreach (var line in decided) to.Line("  " + Words(line, run.Mode == Mode.Shadow ? "would be " : ""));
        if (run.LeftOut > 0)
        {
            to.Line($"  {Phrases.Count(run.LeftOut, "row")} arrived longer ago than the job catches up by itself and "
                + $"{(run.LeftOut == 1 ? "was" : "were")} left out; look at them with: "
                + $"proactive-care jobs backfill {run.JobId} --from INSTANT");
        }
    }

    private static string Words(DecisionTally line, string would = "")
    {
        var cases = Phrases.Count(line.Count, "case");
        var because = line.Reason is { } reason ? $": {reason.Because}" : "";
        var outcome = line.Outcome;
        return outcome == Outcome.Pay ? $"{cases} {would}paid, {line.Amount}"
            : outcome == Outcome.Hold ? $"{cases} {would}held, {line.Amount}{because}"
            : outcome == Outcome.Tell ? $"{cases} {(would.Length > 0 ? "would be told" : "to be told")}, without money"
            : outcome == Outcome.Wait ? $"{cases} waiting{because}"
            : outcome == Outcome.HoldOut ? $"{cases} {would}held out{because}"
            : $"{cases} {would}refused{because}";
    }

    private static void TellNext(Terminal to, BookedJob booked, IReadOnlyList<DecisionTally> live)
    {
        if (booked.Waits)
        {
            to.Line(booked.Active is null
                ? $"In shadow nothing is paid or sent. To have it act: proactive-care jobs accept {booked.Id}"
                : $"Its edited version runs in shadow. To have that one act: proactive-care jobs accept {booked.Id}");
        }
        if (live.Any(line => line.Outcome.IsOneOf(Outcome.Pay, Outcome.Tell)))
            to.Line("Next, the worker pays, and writes to the customers: proactive-care run");
        if (live.Any(line => line.Outcome == Outcome.Hold && !line.Reason!.IsOneOf(Reason.Andon, Reason.Budget)))
            to.Line("Finance decides about what is held: proactive-care credits list --state pending");
    }

    private static IReadOnlyList<DecisionTally> Less(
        IReadOnlyList<DecisionTally> all, IReadOnlyList<DecisionTally> known) =>
    [
        .. from line in all
           let before = known.FirstOrDefault(k =>
               k.Outcome == line.Outcome && k.Reason == line.Reason && k.Currency == line.Currency)
           where before is null || before.Count < line.Count
           select line with { Count = line.Count - (before?.Count ?? 0), Minor = line.Minor - (before?.Minor ?? 0) },
    ];
}
