using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli;

/// <summary>Shows the results of runs.</summary>
internal static class JobRuns
{
    /// <returns>The exit code.</returns>
    public static int Answer(Session session, JobRan ran)
    {
        session.Answer(
            new
            {
                ran.Job,
                ran = true,
                runs = ran.Runs.Select(each => new { each.Run, decisions = each.Decisions.Select(Form) }),
                decidedAgain = ran.DecidedAgain.Select(Form),
                ran.ArrivedBefore,
            },
            to => Tell(session, to, ran));
        return ran.Runs.Any(each => each.Run.Error is not null) ? Failures.No : Failures.Done;
    }

    /// <summary>The stop of a job in words, with its start and end.</summary>
    public static string Words(JobStop stop, DateTimeZone zone) =>
        $"{stop.Kind} by {stop.By} since {stop.At.On(zone)}"
        + (stop.UntilAt is { } until ? $", until {until.On(zone)}" : "") + $": {stop.Reason}";

    private static void Tell(Session session, Terminal to, JobRan ran)
    {
        foreach (var (run, decided) in ran.Runs) Tell(to, run, decided);
        if (ran.DecidedAgain.Count > 0) to.Line("Of the cases that had waited:");
        foreach (var line in ran.DecidedAgain) to.Line("  " + Words(line));
        TellNext(session, to, ran);
        if (ran.ArrivedBefore is { OldestAt: { } oldest, Rows: var rows })
        {
            to.Line($"{Phrases.Count(rows, "row")} arrived before this job was activated and "
                + $"{(rows == 1 ? "was" : "were")} not looked at. To look: "
                + $"proactive-care jobs backfill {ran.Job} --from {oldest.Iso()}");
        }
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
        var amount = line.Outcome.IsOneOf(Outcome.Pay, Outcome.Hold) ? $", {line.Amount}" : "";
        return $"{cases} {would}{line.Outcome.State}{amount}{because}";
    }

    private static void TellNext(Session session, Terminal to, JobRan ran)
    {
        if (ran.Waits)
        {
            to.Line(ran.Acts
                ? $"Its edited version runs in shadow. To have that one act: proactive-care jobs accept {ran.Job}"
                : $"In shadow nothing is paid or sent. To have it act: proactive-care jobs accept {ran.Job}");
        }
        var live = ran.Runs.Where(each => each.Run.Mode == Mode.Live).SelectMany(each => each.Decisions)
            .Concat(ran.DecidedAgain).ToList();
        if (live.Exists(line => line.Outcome.IsOneOf(Outcome.Pay, Outcome.Tell)))
            to.Line("Next, the worker pays, and writes to the customers" + session.WorkerStart);
        if (live.Exists(line =>
            line.Outcome == Outcome.Hold && !line.Reason!.IsOneOf(Reason.Andon, Reason.Budget)))
            to.Line("Finance decides about what is held: proactive-care credits list --state pending");
    }
}
