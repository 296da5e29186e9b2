using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>
/// Gives the rows their arrival numbers where several processes write. There a number taken before the commit could
/// be overtaken by a cursor, so rows commit without one, and a step that one transaction does at a time numbers what is
/// committed. In a file the numbers are given as rows are stored, and this finds nothing to do.
/// </summary>
public static class Numbering
{
    /// <summary>What to do when nothing is numbered any more.</summary>
    public const string Advice = "Look for who holds the row of care.arrival in the PostgreSQL server: SELECT * FROM "
        + "pg_stat_activity WHERE state LIKE 'idle in%'. The numbering goes on by itself.";

    // A transaction of a tenth of a second or so: who else has rows to number waits for it.
    private const int Most = 5_000;

    private static readonly Duration Bound = Duration.FromMinutes(2);

    /// <summary>Numbers what is committed, in short transactions, until nothing is left.</summary>
    /// <param name="store">The store.</param>
    /// <param name="stop">Stops between two transactions; whoever numbers next goes on there.</param>
    /// <returns>How many rows got a number.</returns>
    public static async Task<long> Run(Store store, CancellationToken stop = default)
    {
        var (all, step) = (0L, (long)Most);
        while (step == Most && !stop.IsCancellationRequested && store.Read(Waits))
        {
            all += step = await store.Share(
                db => db.ExecuteScalar<long>("SELECT number_arrivals(@Most)", new { Most }));
        }
        return all;
    }

    /// <summary>
    /// Since when rows wait for a number in vain, so that no job sees them; null while none waits for more than two
    /// minutes.
    /// </summary>
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
