using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>The rule of which telemetry is deleted and which stays.</summary>
/// <param name="ReceivedBefore">Rows received before this instant are deleted.</param>
/// <param name="KeepAfterArrival">Rows above it stay at any age: the smallest cursor of all jobs.</param>
public sealed record RetentionRule(Instant ReceivedBefore, long KeepAfterArrival);

/// <summary>Deletes old telemetry in small steps, so that the writer is never blocked for long.</summary>
public static class Retention
{
    private static readonly Duration MostInAPass = Duration.FromDays(1);

    /// <summary>The rule for one pass: only the oldest day of the old rows. A clock that is wrong by a year is noticed
    /// before everything is deleted.</summary>
    /// <param name="db">A snapshot.</param>
    /// <param name="before">Rows received before this instant are old.</param>
    /// <param name="keepAfterArrival">As in <see cref="RetentionRule"/>.</param>
    public static RetentionRule OnePass(DbConnection db, Instant before, long keepAfterArrival)
    {
        var oldest = Arrivals.Tables.Select(table => db.ExecuteScalar<long?>(
            $"SELECT received_at FROM {table.Table} WHERE arrival > 0 ORDER BY arrival LIMIT 1")).Min();
        var bound = oldest is { } at ? Instant.FromUnixTimeMilliseconds(at) + MostInAPass : before;
        return new RetentionRule(Instant.Min(before, bound), keepAfterArrival);
    }

    /// <summary>Deletes old rows, step by step.</summary>
    /// <param name="store">The store.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="step">The most rows that one transaction deletes; 1 or more.</param>
    /// <param name="stop">Stops between two steps; deleted rows stay deleted.</param>
    /// <returns>The number of deleted rows, by kind.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is below 1.</exception>
    public static async Task<IReadOnlyDictionary<string, long>> Delete(
        Store store, RetentionRule rule, int step = 1_000, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        var deleted = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (kind, table) in Arrivals.Tables)
        {
            deleted[kind] = 0;
            for (var count = step; count == step && !stop.IsCancellationRequested; deleted[kind] += count)
                count = await store.Write(db => Step(db, table, rule, step));
        }
        for (var count = step; count == step && !stop.IsCancellationRequested;)
            count = await store.Write(db => SetAside(db, rule, step));
        return deleted;
    }

    // The counts of the import stay. Rows are quarantined in order of time, so only the oldest need be read.
    private static int SetAside(DbConnection db, RetentionRule rule, int step) => db.Execute(
        """
        DELETE FROM quarantine WHERE quarantine_id IN (
          SELECT quarantine_id FROM (
            SELECT quarantine_id, import_id FROM quarantine WHERE quarantine_id > 0 ORDER BY quarantine_id LIMIT @step
          ) AS oldest
          JOIN import USING (import_id) WHERE started_at < @ReceivedBefore)
        """,
        new { rule.ReceivedBefore, step });

    // Arrival order is the order of receipt, so a step needs to read only the oldest rows by arrival.
    private static int Step(DbConnection db, string table, RetentionRule rule, int step)
    {
        var arrivals = db.Query<long>(
            $"""
            SELECT arrival FROM (
              SELECT arrival, received_at FROM {table} WHERE arrival <= @KeepAfterArrival
              ORDER BY arrival LIMIT @step) AS oldest
            WHERE received_at < @ReceivedBefore
            """,
            new { rule.KeepAfterArrival, rule.ReceivedBefore, step }).ToList();
        if (arrivals.Count == 0) return 0;
        var old = $"arrival IN (SELECT CAST(value AS BIGINT) FROM ({db.Elements("@old")}) AS old)";
        var parameters = new { old = Lists.Json(arrivals) };
        if (table == "alert")
        {
            db.Execute(
                $"DELETE FROM alert_reference WHERE later_id IN (SELECT alert_id FROM alert WHERE {old})", parameters);
        }
        return db.Execute($"DELETE FROM {table} WHERE {old}", parameters);
    }
}
