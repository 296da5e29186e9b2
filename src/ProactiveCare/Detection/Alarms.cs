using ProactiveCare.Jobs;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Detection;

/// <summary>A problem that staff must know and that has not ended.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Kind"><c>runs-silent</c>, <c>telemetry-silent</c>, <c>behind</c>, <c>clock-wrong</c>,
/// <c>numbering-stalled</c>, <c>run-failed</c>, <c>folder-wrong</c>, <c>window-left-out</c>,
/// <c>version-unreadable</c> or <c>rows-set-aside</c>; of money <c>went-twice</c> and the refund's id,
/// <c>newer-than-database</c> or <c>left-before-restore</c>.</param>
/// <param name="Message">The problem and its remedy.</param>
/// <param name="RaisedAt">The start of the problem.</param>
public sealed record Alarm(JobId JobId, string Kind, string Message, Instant RaisedAt)
{
    /// <summary>Whether finance must know.</summary>
    public bool IsMoney => JobId == Alarms.Money;
}

/// <summary>Raises an alarm when a job or its telemetry goes silent or fails, or when its folder or a stored version
/// cannot be read; ends it when the problem has ended.</summary>
public static class Alarms
{
    // No job has these names, which stand where the name of one would.
    private static readonly JobId Imports = new("the import");
    internal static readonly JobId Money = new("money");

    // Nobody can end what has happened: it is told for a week.
    private static readonly Duration TwiceFor = Duration.FromDays(7);

    /// <summary>Updates the alarm about rows that imports and posts set aside.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="share">The share of an hour's rows above which it is raised.</param>
    /// <param name="now">The present.</param>
    /// <returns>The alarm, if it is new.</returns>
    public static Alarm? WatchImports(DbConnection db, decimal share, Instant now)
    {
        var count = Quarantine.Count(db, now);
        var message = string.Create(CultureInfo.InvariantCulture, $"{count.Open:N0} of {count.Received:N0} ")
            + "rows of the last hour are set aside. See why: proactive-care quarantine list";
        List<Alarm> wrong = count.Share > share ? [new Alarm(Imports, "rows-set-aside", message, now)] : [];
        return Update(db, Imports, wrong, now) is [var alarm] ? alarm : null;
    }

    /// <summary>Updates the alarms of one job.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="id">The job.</param>
    /// <param name="acting">The version that acts; null when none does, or when it is unreadable.</param>
    /// <param name="unreadable">Why a stored version cannot be read; null when all can.</param>
    /// <param name="cron">The firings that its schedule promises.</param>
    /// <param name="now">The present.</param>
    /// <returns>The new alarms, of which staff have no notice yet.</returns>
    public static IReadOnlyList<Alarm> Watch(
        DbConnection db, JobId id, ScheduledJob? acting, string? unreadable, CronRules cron, Instant now)
    {
        var wrong = acting is null ? [] : Judge(db, acting, cron, now);
        if (unreadable is not null)
        {
            wrong.Add(new Alarm(id, "version-unreadable", unreadable + (acting is null
                ? " The job does not run; other jobs do." : " The version that acts runs on.")
                + " Use a version of the program that can read it, or correct the job's folder and then: jobs accept "
                + id, now));
        }
        return Update(db, id, wrong, now);
    }

    /// <summary>Updates the alarms about money, which belong to no job.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="older">Why the database is older than its folders; null when it is not.</param>
    /// <param name="now">The present.</param>
    /// <returns>The new alarms, of which staff have no notice yet.</returns>
    public static IReadOnlyList<Alarm> WatchMoney(DbConnection db, string? older, Instant now) => Update(
        db, Money,
        [
            .. older is null ? (Alarm[])[] : [new Alarm(Money, "newer-than-database", older, now)],
            .. FoundPayments.Left(db) is { } left ? (Alarm[])[new Alarm(Money, "left-before-restore", left, now)] : [],
            .. GivenBack.Twice(db, now - TwiceFor).Select(twice =>
                new Alarm(Money, $"went-twice {twice.RefundId}", twice.Sentence, now)),
        ],
        now);

    // Ends the alarms whose problem has ended.
    private static List<Alarm> Update(DbConnection db, JobId id, List<Alarm> wrong, Instant now)
    {
        db.Execute(
            $"""
            UPDATE alarm SET ended_at = @now
            WHERE job_id = @id AND ended_at IS NULL AND kind NOT IN ({db.Elements("@kinds")})
            """,
            new { id, now, kinds = Lists.Json(wrong.Select(a => a.Kind)) });
        return [.. wrong.Where(alarm => db.Execute(
            "INSERT INTO alarm (job_id, kind, message, raised_at) VALUES (@JobId, @Kind, @Message, @RaisedAt) ON "
                + "CONFLICT DO NOTHING",
            alarm) == 1)];
    }

    /// <summary>What is wrong with a job now, whether or not a worker has noticed it.</summary>
    public static List<Alarm> Judge(DbConnection db, ScheduledJob scheduled, CronRules cron, Instant now)
    {
        var job = scheduled.Job;
        var facts = db.QuerySingle<Facts>(
            """
            SELECT (SELECT at FROM activation WHERE job_id = @Id ORDER BY activation_id DESC LIMIT 1) AS activated_at,
              (SELECT finished_at FROM run WHERE job_id = @Id AND mode = @Mode AND state = 'completed'
                ORDER BY run_id DESC LIMIT 1) AS completed_at,
              (SELECT error FROM run WHERE job_id = @Id AND mode = @Mode AND state IN ('completed', 'failed')
                ORDER BY run_id DESC LIMIT 1) AS error,
              (SELECT problem FROM job WHERE job_id = @Id) AS problem,
              (SELECT COALESCE(ended_at, until_at) FROM job_stop WHERE job_id = @Id AND kind = 'pause'
                ORDER BY stop_id DESC LIMIT 1) AS resumed_at
            """,
            new { job.Id, scheduled.Mode });
        var paused = JobStops.IsPaused(db, job.Id, now);
        var wrong = paused ? [] : Judge(job, facts, Arrivals.LastReceivedAt(db), cron, now);
        // A session may end an hour after it came, by a clock that was ahead, and is judged when it has settled.
        if (!paused && Lag.Of(db, job, scheduled.Mode)?.OldestAt is { } oldest
            && now > job.Schedule.OverdueAt(cron, oldest + job.Detect.Settle + Duration.FromHours(1)))
            wrong.Add(new Alarm(job.Id, "behind", $"{job.Id} has not looked at telemetry that came since "
                + $"{oldest.Iso()}. Look at: jobs history {job.Id}", now));
        if (!paused && Numbering.StalledSince(db, now) is { } stalled)
            wrong.Add(new Alarm(job.Id, "numbering-stalled", $"Telemetry received since {stalled.Iso()} has no arrival "
                + $"number yet, so {job.Id} cannot see it. {Numbering.Advice}", now));
        if (ClockCheck.LastAhead(db, now, job.Id) is { } ahead)
        {
            wrong.Add(new Alarm(job.Id, "clock-wrong", $"A run of {job.Id} ended at {ahead.Iso()}, which is yet to "
                + "come: a clock was ahead, or this machine's is behind. Runs go on by the clock as it is now. Keep "
                + $"clocks right with NTP, and look at what was decided: jobs history {job.Id}", now));
        }
        if (job.Detect.IsElsewhere && Windows.LeftOut(db, job, scheduled.Mode) is { } gap)
        {
            wrong.Add(new Alarm(job.Id, "window-left-out", $"{job.Id} was away for longer than catchUp and has not "
                + $"looked at what happened from {gap.From.Iso()} to {gap.To.Iso()}. Look at it with: jobs backfill "
                + $"{job.Id} --from {gap.From.Iso()}", now));
        }
        return wrong;
    }

    /// <summary>The open alarms.</summary>
    public static IReadOnlyList<Alarm> Open(DbConnection db) =>
        [.. db.Query<Alarm>(
            "SELECT job_id, kind, message, raised_at FROM alarm WHERE ended_at IS NULL ORDER BY raised_at, alarm_id")];

    private static List<Alarm> Judge(Job job, Facts facts, Instant? received, CronRules cron, Instant now)
    {
        var alarms = new List<Alarm>();
        var since = facts.CompletedAt ?? facts.ActivatedAt;
        // The silence of a job that was paused begins with the end of the pause.
        if (facts.ResumedAt > since) since = facts.ResumedAt;
        if (since is { } ran && now > job.Schedule.OverdueAt(cron, ran))
            alarms.Add(new Alarm(job.Id, "runs-silent",
                $"No run of {job.Id} has completed since {ran.Iso()}. Look at: jobs history {job.Id}", now));
        // Telemetry in another engine is not seen here; only the runs are.
        if (!job.Detect.IsElsewhere && (received ?? facts.ActivatedAt) is { } arrived
            && now > job.Schedule.StaleAt(cron, arrived))
            alarms.Add(new Alarm(job.Id, "telemetry-silent", $"No telemetry has arrived since {arrived.Iso()}; "
                + $"{job.Id} cannot see what happens to customers. Look at the producers.", now));
        if (facts.Error is { } error)
            alarms.Add(new Alarm(job.Id, "run-failed", $"The newest run of {job.Id} failed: {error}", now));
        if (facts.Problem is { } problem)
            alarms.Add(new Alarm(job.Id, "folder-wrong",
                $"The folder of {job.Id} is wrong, its last good version runs on: {problem}", now));
        return alarms;
    }

    private sealed record Facts(Instant? ActivatedAt, Instant? CompletedAt, string? Error, string? Problem,
        Instant? ResumedAt);
}
