using ProactiveCare.Jobs;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Detection;

/// <summary>The telemetry that a job reads and has not looked at.</summary>
/// <param name="Rows">Rows of its kinds beyond its cursor.</param>
/// <param name="OldestAt">When the oldest of them was received; null when there are none.</param>
public sealed record Lag(long Rows, Instant? OldestAt)
{
    /// <summary>The lag of a job in a mode; null when it has no cursor there.</summary>
    public static Lag? Of(DbConnection db, Job job, string mode)
    {
        if (Cursors.Find(db, job.Id, mode) is not { } after) return null;
        var (rows, oldest) = (0L, (long?)null);
        foreach (var table in job.Detect.Tables)
        {
            var (count, first) = db.QuerySingle<(long, long?)>(
                $"""
                SELECT COUNT(*), (SELECT received_at FROM {table} WHERE arrival > @after ORDER BY arrival LIMIT 1)
                FROM {table} WHERE arrival > @after
                """,
                new { after });
            (rows, oldest) = (rows + count, first < oldest ? first : oldest ?? first);
        }
        return new Lag(rows, oldest is { } at ? Instant.FromUnixTimeMilliseconds(at) : null);
    }

    /// <summary>Arrivals before a job began that only a backfill would process; null when there are none.</summary>
    public static Lag? BeforeItBegan(DbConnection db, JobId job, string mode)
    {
        var began = db.ExecuteScalar<long?>(
            """
            SELECT after FROM run WHERE job_id = @job AND mode = @mode AND cause <> 'backfill' AND NOT EXISTS (
              SELECT 1 FROM run WHERE job_id = @job AND mode = @mode AND cause = 'backfill' AND state = 'completed')
            ORDER BY run_id LIMIT 1
            """,
            new { job, mode });
        if (began is not > 0) return null;
        var first = Arrivals.FirstReceivedSince(db, 0, Instant.FromUnixTimeMilliseconds(0)).First;
        var oldest = db.ExecuteScalar<long?>(
            """
            SELECT MIN(received_at) FROM (
              SELECT received_at FROM session WHERE arrival = @first UNION ALL
              SELECT received_at FROM event WHERE arrival = @first UNION ALL
              SELECT received_at FROM contact WHERE arrival = @first UNION ALL
              SELECT received_at FROM alert WHERE arrival = @first) AS it
            """,
            new { first });
        return first > began || oldest is null
            ? null
            : new Lag(began.Value, Instant.FromUnixTimeMilliseconds(oldest.Value));
    }
}
