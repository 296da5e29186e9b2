using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Detection;

/// <summary>A piece of a run's findings, claimed by one node.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Number">Which piece.</param>
/// <param name="FirstNumber">The number of its first finding.</param>
/// <param name="LastNumber">The number of its last finding.</param>
/// <param name="Decided">How many of its findings are decided.</param>
/// <param name="Fence">What every write under the claim names.</param>
internal sealed record FindingBatch(RunId RunId, long Number, long FirstNumber, long LastNumber, long Decided,
    long Fence);

/// <summary>The pieces of runs, and who decides them.</summary>
internal static class FindingBatches
{
    /// <summary>Claims a piece of a run that nobody decides now, and that is not decided whole.</summary>
    /// <returns>Null when there is none.</returns>
    public static FindingBatch? Acquire(DbConnection db, RunId run, LeaseOwner by) =>
        // A piece whose batch is being committed is locked: it is somebody's, whatever its lease says.
        db.QuerySingleOrDefault<FindingBatch>(
            $"""
             UPDATE run_shard SET node = @Node, fence = fence + 1, lease_until_at = @Until
             WHERE run_id = @run AND shard = (
               SELECT shard FROM run_shard
               WHERE run_id = @run AND decided < last_number - first_number + 1
                 AND (lease_until_at IS NULL OR lease_until_at <= @Now OR node = @Node OR @alone = 1)
               ORDER BY shard LIMIT 1{db.SkipLocked("run_shard")})
             RETURNING run_id, shard AS number, first_number, last_number, decided, fence
             """,
            new { run, by.Node, by.Until, by.Now, alone = by.Alone ? 1L : 0L });

    /// <summary>The next findings of a piece after so many.</summary>
    public static IReadOnlyList<Finding> Next(DbConnection db, FindingBatch shard, long decided, int most) =>
        db.All(
            """
            SELECT subject, customer_id, service_event, occurred_at, amount_basis, in_doubt, evidence FROM finding
            WHERE run_id = ?1 AND number >= ?2 AND number <= ?3 ORDER BY number LIMIT ?4
            """,
            row => new Finding(
                row.Text(0), new CustomerId(row.Text(1)), row.Text(2), row.Instant(3), row.NumberOrNull(4), row.Flag(5),
                row.Text(6)),
            shard.RunId, shard.FirstNumber + decided, shard.LastNumber, most);

    /// <summary>
    /// Counts the next findings of a piece as decided and renews its lease, before they are: its row is locked until
    /// they are or nothing was.
    /// </summary>
    /// <exception cref="LeaseLostException">Another node has the piece.</exception>
    public static FindingBatch Advance(DbConnection db, FindingBatch shard, int count, LeaseOwner by)
    {
        var moved = db.Execute(
            """
            UPDATE run_shard SET decided = decided + @count, lease_until_at = @Until
            WHERE run_id = @RunId AND shard = @Number AND fence = @Fence AND decided = @Decided
            """,
            new { shard.RunId, shard.Number, shard.Fence, shard.Decided, count, by.Until });
        return moved == 1 ? shard with { Decided = shard.Decided + count } : throw new LeaseLostException(shard.RunId);
    }

    /// <summary>Gives a claim back unfinished, so that the next node need not wait for its end.</summary>
    public static void Release(DbConnection db, FindingBatch shard, Instant now) => db.Execute(
        "UPDATE run_shard SET lease_until_at = @now WHERE run_id = @RunId AND shard = @Number AND fence = @Fence",
        new { shard.RunId, shard.Number, shard.Fence, now });
}
