using ProactiveCare.Jobs;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Detection;

/// <summary>The distance between a job's cursor and the newest arrival.</summary>
/// <param name="Rows">Rows beyond its cursor.</param>
/// <param name="OldestAt">When the oldest of them was received; null when there are none.</param>
public sealed record Lag(long Rows, Instant? OldestAt)
{
    /// <summary>The lag of a job in a mode; null when it has no cursor there.</summary>
    public static Lag? Of(DbConnection db, JobId job, string mode)
    {
        if (Cursors.Find(db, job, mode) is not { } after) return null;
        var oldest = db.ExecuteScalar<long?>(
            """
            SELECT MIN(received_at) FROM (
              SELECT * FROM (
                SELECT received_at FROM session WHERE arrival > @after ORDER BY arrival LIMIT 1) AS s
              UNION ALL
              SELECT * FROM (
                SELECT received_at FROM event WHERE arrival > @after ORDER BY arrival LIMIT 1) AS e
              UNION ALL
              SELECT * FROM (
                SELECT received_at FROM contact WHERE arrival > @after ORDER BY arrival LIMIT 1) AS c
              UNION ALL
              SELECT * FROM (
                SELECT received_at FROM alert WHERE arrival > @after ORDER BY arrival LIMIT 1) AS a) AS waiting
            """,
            new { after });
        return new Lag(
            Math.Max(0, Arrivals.Latest(db) - after),
            oldest is { } at ? Instant.FromUnixTimeMilliseconds(at) : null);
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
