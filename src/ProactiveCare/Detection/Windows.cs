using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Jobs;

namespace ProactiveCare.Detection;

/// <summary>
/// Where the next window of a job begins that asks another engine: where the last completed one ended, less the time in
/// which a subject may still have been unsettled then. A run that failed has no window, so the next one covers it.
/// </summary>
internal static class Windows
{
    /// <summary>The beginning; what its source may commit late lies before it.</summary>
    public static Instant Next(DbConnection db, Job job, string mode, Instant now)
    {
        var seen = Seen(db, job.Id, mode);
        var from = seen.Upto is { } upto ? Instant.Max(upto - job.Detect.Settle, seen.Began) : seen.Began;
        return Instant.Max(from, now - job.Schedule.CatchUp - job.Detect.Settle);
    }

    /// <summary>
    /// The time that the newest completed run left out, because more than <c>catchUp</c> had gone by; null when it
    /// left out none.
    /// </summary>
    public static (Instant From, Instant To)? LeftOut(DbConnection db, Job job, string mode)
    {
        if (Runs.LastCompleted(db, job.Id, mode) is not { } last) return null;
        var before = Seen(db, job.Id, mode, last.Id);
        var seen = (before.Upto ?? before.Began) - job.Detect.Settle;
        return last.SinceAt > Instant.Max(seen, before.Began) ? (before.Upto ?? before.Began, last.SinceAt) : null;
    }

    // A job that has completed no run begins when it was first accepted: its cursor has not moved since.
    private static (Instant Began, Instant? Upto) Seen(DbConnection db, JobId job, string mode, RunId? before = null) =>
        db.QuerySingle<(Instant, Instant?)>(
            """
            SELECT COALESCE(
                (SELECT since_at FROM run WHERE job_id = @job AND mode = @mode AND cause <> 'backfill'
                  AND state = 'completed' ORDER BY run_id LIMIT 1),
                (SELECT moved_at FROM cursor WHERE job_id = @job AND mode = @mode)) AS began,
              (SELECT now_at FROM run WHERE job_id = @job AND mode = @mode AND cause <> 'backfill'
                AND state = 'completed' AND run_id < @before ORDER BY run_id DESC LIMIT 1) AS upto
            """,
            new { job, mode, before = before?.Value ?? long.MaxValue });
}
