using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists the jobs.</summary>
internal sealed class JobsList : PlainVerb
{
    public JobsList() : base(
        "list", "Lists the jobs: what each does now, when it runs, how far behind and how well it is.",
        "proactive-care jobs list")
    {
    }

    protected override int Show(Session session)
    {
        var (book, now) = (session.Book, session.Present);
        var jobs = session.Read(db => JobBook.All(db).Select(job => Look(db, book, job, now)).ToList());
        var folders = Strangers(session, jobs);
        session.Answer(
            jobs.Select(Form)
                .Concat(folders.Select(name => (object)new { folder = name, state = "not-taken-in" })).ToList(),
            to =>
            {
                foreach (var job in jobs) Tell(to, job, now, session.Zone);
                foreach (var name in folders)
                {
                    to.Line(name);
                    to.Line("  state      not taken in yet: the worker does it, or accepting it");
                }
                if (jobs.Count + folders.Count == 0)
                {
                    to.Line($"There is no job in {session.Settings.Jobs}. Begin with one that works: "
                        + "proactive-care jobs new my-job --from slow-video-stream");
                }
            });
        return Failures.Done;
    }

    private static Seen Look(DbConnection db, JobBook book, BookedJob booked, Instant now)
    {
        var job = book.Find(db, booked.Id, booked.Active ?? booked.Proposed, out var unreadable);
        var mode = booked.Active is null || job?.Rollout.Shadow == true ? Mode.Shadow : Mode.Live;
        return new Seen(
            booked, job, mode, JobStops.Of(db, booked.Id, now),
            booked.Present && job is { Schedule: var plan } ? ScheduleWords.Next(plan.Cron, plan.TimeZone, now, 3) : [],
            Runs.LastCompleted(db, booked.Id, mode), job is null ? null : Lag.Of(db, job, mode),
            Wrong(db, booked, job, mode, now))
        {
            Unreadable = unreadable,
        };
    }

    // While no worker runs, nobody has noticed what is wrong.
    private static List<Alarm> Wrong(DbConnection db, BookedJob booked, Job? job, string mode, Instant now)
    {
        var open = Alarms.Open(db).Where(alarm => alarm.JobId == booked.Id).ToList();
        return booked is { Present: true, Active: not null } && job is not null
            ? [.. open.UnionBy(
                Alarms.Judge(db, new ScheduledJob(job, mode), ScheduleWords.Rules, now), alarm => alarm.Kind)]
            : open;
    }

    // Folders with a job that is not stored yet, or that have never been valid.
    private static List<string> Strangers(Session session, List<Seen> jobs) =>
        Directory.Exists(session.Settings.Jobs)
            ? [.. JobFolder.ReadAll(session.Settings.Jobs).Select(folder => folder.Name)
                .Except(jobs.Where(job => job.Booked.Present).Select(job => job.Booked.Folder))]
            : [];

    private static string StateOf(Seen seen) => seen switch
    {
        { Booked.Present: false } => "folder-gone",
        { Job: null } => "unreadable",
        { Booked.Active: null } => "waits-for-acceptance",
        _ when seen.Stops.Any(stop => stop.Kind == StopKind.Pause) => "paused",
        _ when seen.Stops.Any(stop => stop.Kind == StopKind.Andon) => "andon",
        _ => seen.Mode,
    };

    private static object Form(Seen seen) => new
    {
        seen.Booked.Id,
        State = StateOf(seen),
        seen.Mode,
        seen.Booked.Folder,
        seen.Booked.Owner,
        Version = seen.Booked.Active,
        Proposed = seen.Booked.Waits ? seen.Booked.Proposed : (JobVersion?)null,
        Stops = seen.Stops,
        Schedule = seen.Job is { Schedule: var schedule }
            ? new
            {
                schedule.Cron, TimeZone = schedule.TimeZone.Id, Words = ScheduleWords.Of(schedule.Cron), seen.Next,
            }
            : null,
        LastRunAt = seen.Last?.FinishedAt,
        LagRows = seen.Behind?.Rows,
        LagSince = seen.Behind?.OldestAt,
        Alarms = seen.Alarms.Select(alarm => new { alarm.Kind, alarm.Message, alarm.RaisedAt }),
        seen.Booked.Problem,
        seen.Unreadable,
    };

    private static void Tell(Terminal to, Seen seen, Instant now, DateTimeZone company)
    {
        var zone = seen.Job?.Schedule.TimeZone ?? company;
        to.Line(seen.Booked.Id.Value);
        to.Line($"  state      {Words(seen)}");
        foreach (var stop in seen.Stops) to.Line($"             {JobRuns.Words(stop, company)}");
        if (seen.Job is { Schedule: var schedule })
            to.Line($"  schedule   {ScheduleWords.Of(schedule.Cron)} ({schedule.TimeZone.Id})");
        if (seen.Next.Count > 0)
            to.Line($"  next       {string.Join(", ", seen.Next.Select(at => at.On(zone)))}");
        to.Line(seen.Last is { FinishedAt: { } at } last
            ? $"  last run   {at.On(zone)}: {Phrases.Count(last.Found, "finding")}, "
                + $"{Phrases.Count(last.NewCases, "new case")}"
            : "  last run   never");
        if (seen.Behind is { } behind) to.Line($"  behind     {Words(behind, now)}");
        if (seen.Alarms.Count == 0 && seen.Booked.Problem is null) to.Line("  health     well");
        foreach (var alarm in seen.Alarms) to.Line($"  alarm      {Phrases.OnClock(alarm.Message, company)}");
        if (seen.Booked.Problem is { } problem)
            to.Line($"  folder     wrong, the last good version goes on:\n    {problem.ReplaceLineEndings("\n    ")}");
    }

    private static string Words(Seen seen)
    {
        var waits = seen.Booked is { Waits: true, Active: not null }
            ? $"; its edited version waits for: jobs accept {seen.Booked.Id}"
            : "";
        return StateOf(seen) switch
        {
            "folder-gone" => "its folder is gone, so nothing runs; what it decided stays",
            "unreadable" => $"does not run. {seen.Unreadable}",
            "waits-for-acceptance" => "waits for acceptance; in shadow until then, paying and sending nothing: "
                + $"jobs accept {seen.Booked.Id}",
            "paused" => $"paused, no runs{waits}",
            "andon" => $"andon pulled: it runs and pays nothing{waits}",
            Mode.Shadow => $"shadow: decides and records, pays and sends nothing{waits}",
            _ => $"live{waits}",
        };
    }


    private static string Words(Lag behind, Instant now) => behind switch
    {
        { Rows: 0 } => "nothing",
        { OldestAt: { } oldest } => $"{Phrases.Count(behind.Rows, "row")}, the oldest for {Phrases.Span(now - oldest)}",
        _ => Phrases.Count(behind.Rows, "row"),
    };

    private sealed record Seen(
        BookedJob Booked, Job? Job, string Mode, IReadOnlyList<JobStop> Stops, IReadOnlyList<Instant> Next, Run? Last,
        Lag? Behind, IReadOnlyList<Alarm> Alarms)
    {
        /// <summary>Why the version that acts, or else waits, cannot be read; null when it can.</summary>
        public string? Unreadable { get; init; }
    }
}
