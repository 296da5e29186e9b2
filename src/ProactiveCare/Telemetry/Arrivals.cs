using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>The start of a catch-up, and the rows that it leaves out.</summary>
/// <param name="First">The first arrival to process; null when there is none.</param>
/// <param name="LeftOut">The number of rows left out before it, by kind (<c>sessions</c>, <c>events</c>,
/// <c>contacts</c>, <c>alerts</c>).</param>
public sealed record CatchUp(long? First, IReadOnlyDictionary<string, long> LeftOut);

/// <summary>Queries of the one sequence in which telemetry of every kind arrives.</summary>
public static class Arrivals
{
    /// <summary>The tables of telemetry, and the names of their rows.</summary>
    internal static readonly (string Kind, string Table)[] Tables =
        [("sessions", "session"), ("events", "event"), ("contacts", "contact"), ("alerts", "alert")];

    // Twice the longest settling time.
    private static readonly Duration LongestWait = Duration.FromDays(60);

    /// <summary>The number of the newest arrival; 0 when there is none.</summary>
    public static long Latest(DbConnection db) => db.ExecuteScalar<long>("SELECT last FROM arrival");

    /// <summary>The time when telemetry of any kind last arrived; null when none has.</summary>
    public static Instant? LastReceivedAt(DbConnection db)
    {
        var last = Tables.Select(t => db.QueryFirstOrDefault<long?>(
            $"SELECT received_at FROM {t.Table} WHERE arrival > 0 ORDER BY arrival DESC LIMIT 1")).Max();
        return last is { } at ? Instant.FromUnixTimeMilliseconds(at) : null;
    }

    /// <summary>The smallest arrival after a cursor with activity later than an instant (the end of a session, the
    /// occurrence of an event, the sending of an alert by a clock ahead of ours), so that a cursor can wait before it
    /// until it has settled; null when all have. Activity months ahead was stored while a clock was wrong, and is
    /// ignored, unless the newest row was received as far ahead: then today's clock is wrong.</summary>
    public static long? FirstUnsettled(DbConnection db, long after, Instant settledAt)
    {
        var ahead = settledAt + LongestWait;
        if (NewestReceivedAt(db) > ahead) ahead = Instant.MaxValue;
        return db.ExecuteScalar<long?>(
            """
            SELECT MIN(arrival) FROM (
              SELECT * FROM (
                SELECT arrival FROM session WHERE arrival > @after AND ended_at > @settledAt AND ended_at < @ahead
                ORDER BY arrival LIMIT 1) AS s
              UNION ALL
              SELECT * FROM (
                SELECT arrival FROM event WHERE arrival > @after AND occurred_at > @settledAt AND occurred_at < @ahead
                ORDER BY arrival LIMIT 1) AS e
              UNION ALL
              SELECT * FROM (
                SELECT arrival FROM alert WHERE arrival > @after AND sent_at > @settledAt AND sent_at < @ahead
                ORDER BY arrival LIMIT 1) AS a) AS unsettled
            """,
            new { after, settledAt, ahead });
    }

    private static Instant? NewestReceivedAt(DbConnection db) => Tables
        .Select(t => db.QueryFirstOrDefault<(long Arrival, Instant At)?>(
            $"SELECT arrival, received_at FROM {t.Table} WHERE arrival > 0 ORDER BY arrival DESC LIMIT 1"))
        .MaxBy(newest => newest?.Arrival ?? 0)?.At;

    /// <summary>The first arrival after a cursor that was received since an instant, and the rows between.</summary>
    public static CatchUp FirstReceivedSince(DbConnection db, long after, Instant since)
    {
        var first = Tables.Select(t => db.ExecuteScalar<long?>(
            $"""
            SELECT arrival FROM {t.Table} WHERE arrival > @after AND received_at >= @since ORDER BY arrival LIMIT 1
            """,
            new { after, since })).Min();
        var before = first ?? Latest(db) + 1;
        return new CatchUp(first, Tables.ToDictionary(t => t.Kind, t => db.ExecuteScalar<long>(
            $"SELECT COUNT(*) FROM {t.Table} WHERE arrival > @after AND arrival < @before", new { after, before })));
    }
}

/// <summary>The arrival numbers that a transaction assigns, saved with it, so without gaps and growing.</summary>
internal sealed class ArrivalNumbers(DbConnection db)
{
    private readonly long first = Arrivals.Latest(db);
    private long last = Arrivals.Latest(db);

    /// <summary>How many were assigned.</summary>
    public long Taken => last - first;

    /// <summary>The number of the next stored row.</summary>
    public long Next => last + 1;

    public void Take() => last++;

    public void Save() => db.Execute("UPDATE arrival SET last = @last", new { last });
}

/// <summary>Assigns arrival numbers where several processes write. A cursor could overtake a number taken before the
/// commit, so rows commit without one, and a step under a lock numbers the committed rows. In a file the numbers are
/// assigned as rows are stored, and this finds nothing to do.</summary>
public static class Numbering
{
    /// <summary>The remedy when numbering has stalled.</summary>
    public const string Advice = "Look for who holds the row of care.arrival in the PostgreSQL server: SELECT * FROM "
        + "pg_stat_activity WHERE state LIKE 'idle in%'. The numbering goes on by itself.";

    // About a tenth of a second per transaction: others with rows to number wait for it.
    private const int Most = 5_000;

    private static readonly Duration Bound = Duration.FromMinutes(2);

    /// <summary>Numbers committed rows, in short transactions, until none is left.</summary>
    /// <param name="store">The store.</param>
    /// <param name="stop">Stops between two transactions; the next call continues there.</param>
    /// <returns>The number of rows numbered.</returns>
    public static async Task<long> Run(Store store, CancellationToken stop = default)
    {
        var (all, step) = (0L, (long)Most);
        while (step == Most && !stop.IsCancellationRequested && store.Read(Waits))
        {
            all += step = await store.Share(db =>
            {
                var numbered = db.ExecuteScalar<long>("SELECT number_arrivals(@Most)", new { Most });
                ViewingDays.Assign(db, store.CompanyZone, numbered);
                return numbered;
            });
        }
        return all;
    }

    /// <summary>The time since which rows wait for a number, unseen by any job; null while none has waited for more
    /// than two minutes.</summary>
    /// <param name="db">A snapshot.</param>
    /// <param name="now">The present.</param>
    public static Instant? StalledSince(DbConnection db, Instant now)
    {
        if (db.ExecuteScalar<long?>("SELECT MIN(received_at) FROM unnumbered") is not { } at) return null;
        var oldest = Instant.FromUnixTimeMilliseconds(at);
        return now - oldest > Bound ? oldest : null;
    }

    private static bool Waits(DbConnection db) => db.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM unnumbered)");
}
