using ProactiveCare.Storage;

namespace ProactiveCare.Detection;

/// <summary>A node that leases work.</summary>
/// <param name="Node">Its name; after a restart it takes its own leases again at once.</param>
/// <param name="Alone">Whether no other node can be running, so that every lease of another name is dead.</param>
/// <param name="Now">The present.</param>
internal sealed record LeaseOwner(string Node, bool Alone, Instant Now)
{
    /// <summary>
    /// How long a lease lasts after the last write under it. Clocks of nodes differ by less than a second; a larger
    /// difference makes two nodes do the same work, of which one is refused, because every write names its lease.
    /// </summary>
    public static readonly Duration Lease = Duration.FromSeconds(30);

    /// <summary>How often a lease is renewed while nothing is written under it.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);

    /// <summary>The end of a lease that begins now.</summary>
    public Instant Until => Now + Lease;
}

/// <summary>Another node has taken the lease; nothing was written.</summary>
internal sealed class LeaseLostException(RunId run)
    : Exception($"Run {run} was worked off by somebody else meanwhile.");

/// <summary>The lease of a run's detection.</summary>
/// <param name="Run">The run.</param>
/// <param name="Fence">Named by every write under the lease; a later lease has a higher one.</param>
internal sealed record RunLease(RunId Run, long Fence);

/// <summary>Leases of runs, and the staging of their findings.</summary>
internal static class RunLeases
{
    /// <summary>The most findings in a share: a few batches, so that leasing costs little beside deciding, and a node
    /// that joins late still finds free shares.</summary>
    public const int ShardSize = 4000;

    /// <summary>Leases a run for detection.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="run">The run.</param>
    /// <param name="by">The node.</param>
    /// <returns>Null when another node holds it.</returns>
    public static RunLease? Acquire(DbConnection db, RunId run, LeaseOwner by) =>
        db.QuerySingleOrDefault<long?>(
            """
            UPDATE run SET node = @Node, fence = fence + 1, lease_until_at = @until
            WHERE run_id = @run AND state = 'stored'
              AND (lease_until_at IS NULL OR lease_until_at <= @Now OR node = @Node OR @alone = 1)
            RETURNING fence
            """,
            new { run, by.Node, until = by.Until, by.Now, alone = by.Alone ? 1L : 0L }) is { } fence
            ? new RunLease(run, fence)
            : null;

    /// <summary>Renews a lease while the detector runs and nothing else is written.</summary>
    /// <returns>1, or 0 when another node has the run.</returns>
    public static int Renew(DbConnection db, RunLease lease, LeaseOwner by) => db.Execute(
        "UPDATE run SET lease_until_at = @Until WHERE run_id = @Run AND fence = @Fence AND state = 'stored'",
        new { lease.Run, lease.Fence, by.Until });

    /// <summary>Stages findings; the first ones replace those of an interrupted attempt.</summary>
    /// <exception cref="LeaseLostException">Another node has the run.</exception>
    public static void Stage(
        DbConnection db, RunLease lease, int first, IReadOnlyList<Finding> findings, LeaseOwner by)
    {
        Require(lease, Renew(db, lease, by));
        if (first == 1) db.Execute("DELETE FROM finding WHERE run_id = @Run", new { lease.Run });
        db.ForAll(
            """
            INSERT INTO finding (run_id, number, subject, customer_id, service_event, occurred_at, amount_basis,
              in_doubt, purchase_id, evidence)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """,
            [.. findings.Index()], numbered =>
            {
                var (i, finding) = numbered;
                return
                [
                    lease.Run, first + i, finding.Subject, finding.CustomerId, finding.ServiceEvent, finding.OccurredAt,
                    finding.AmountBasis, finding.InDoubt, finding.PurchaseId, finding.Evidence,
                ];
            });
    }

    /// <summary>Marks a run as staged, and splits its findings into shares for nodes to lease.</summary>
    /// <exception cref="LeaseLostException">Another node has the run.</exception>
    public static void Staged(DbConnection db, RunLease lease, int found)
    {
        Require(lease, db.Execute(
            """
            UPDATE run SET state = 'staged', found = @found, node = NULL, lease_until_at = NULL
            WHERE run_id = @Run AND fence = @Fence AND state = 'stored'
            """,
            new { lease.Run, lease.Fence, found }));
        for (var (shard, first) = (1, 1); first <= found; shard++, first += ShardSize)
        {
            db.Execute(
                """
                INSERT INTO run_shard (run_id, shard, next_number, last_number)
                VALUES (@Run, @shard, @first, @last)
                """,
                new { lease.Run, shard, first, last = Math.Min(found, first + ShardSize - 1) });
        }
    }

    /// <summary>Fails a run; its cursor stays, so the next run does its work.</summary>
    /// <exception cref="LeaseLostException">Another node has the run.</exception>
    public static void Fail(DbConnection db, RunLease lease, string error, Instant now)
    {
        Require(lease, db.Execute(
            """
            UPDATE run SET state = 'failed', error = @error, finished_at = @now
            WHERE run_id = @Run AND fence = @Fence AND state = 'stored'
            """,
            new { lease.Run, lease.Fence, error, now }));
        db.Execute("DELETE FROM finding WHERE run_id = @Run", new { lease.Run });
    }

    /// <summary>Ends a lease early, so that the next node need not wait.</summary>
    public static void Release(DbConnection db, RunLease lease, Instant now) => db.Execute(
        "UPDATE run SET lease_until_at = @now WHERE run_id = @Run AND fence = @Fence AND state = 'stored'",
        new { lease.Run, lease.Fence, now });

    private static void Require(RunLease lease, int changed)
    {
        if (changed == 0) throw new LeaseLostException(lease.Run);
    }
}

/// <summary>A share of a run's findings, leased by one node.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Number">The number of the share.</param>
/// <param name="NextNumber">The number of the next finding to decide.</param>
/// <param name="LastNumber">The number of its last finding.</param>
/// <param name="Fence">Named by every write under the lease.</param>
internal sealed record FindingBatch(RunId RunId, long Number, long NextNumber, long LastNumber, long Fence);

/// <summary>The shares of runs, and the nodes that decide them.</summary>
internal static class FindingBatches
{
    /// <summary>Leases a share of a run that no node holds and that has findings left.</summary>
    /// <returns>Null when there is none.</returns>
    public static FindingBatch? Acquire(DbConnection db, RunId run, LeaseOwner by) =>
        // The row is locked while a batch of the share is committed: then it is held even if its lease has ended.
        db.QuerySingleOrDefault<FindingBatch>(
            $"""
             UPDATE run_shard SET node = @Node, fence = fence + 1, lease_until_at = @Until
             WHERE run_id = @run AND shard = (
               SELECT shard FROM run_shard
               WHERE run_id = @run AND next_number <= last_number
                 AND (lease_until_at IS NULL OR lease_until_at <= @Now OR node = @Node OR @alone = 1)
               ORDER BY shard LIMIT 1{db.SkipLocked("run_shard")})
             RETURNING run_id, shard AS number, next_number, last_number, fence
             """,
            new { run, by.Node, by.Until, by.Now, alone = by.Alone ? 1L : 0L });

    /// <summary>The findings of a share from a number on.</summary>
    public static IReadOnlyList<Finding> Next(DbConnection db, FindingBatch shard, long from, int most) =>
        db.All(
            """
            SELECT subject, customer_id, service_event, occurred_at, amount_basis, in_doubt, purchase_id,
              evidence
            FROM finding
            WHERE run_id = ?1 AND number >= ?2 AND number <= ?3 ORDER BY number LIMIT ?4
            """,
            row => new Finding(
                row.Text(0), new CustomerId(row.Text(1)), row.Text(2), row.Instant(3), row.NumberOrNull(4), row.Flag(5),
                row.TextOrNull(6) is { } purchase ? new PurchaseId(purchase) : null, row.Text(7)),
            shard.RunId, from, shard.LastNumber, most);

    /// <summary>
    /// Moves a share past the findings that the transaction is about to decide, and renews its lease. Its row stays
    /// locked until the transaction ends.
    /// </summary>
    /// <exception cref="LeaseLostException">Another node has the share.</exception>
    public static FindingBatch Advance(DbConnection db, FindingBatch shard, int count, LeaseOwner by)
    {
        var moved = db.Execute(
            """
            UPDATE run_shard SET next_number = next_number + @count, lease_until_at = @Until
            WHERE run_id = @RunId AND shard = @Number AND fence = @Fence AND next_number = @NextNumber
            """,
            new { shard.RunId, shard.Number, shard.Fence, shard.NextNumber, count, by.Until });
        return moved == 1
            ? shard with { NextNumber = shard.NextNumber + count }
            : throw new LeaseLostException(shard.RunId);
    }

    /// <summary>Ends a lease early, so that the next node need not wait.</summary>
    public static void Release(DbConnection db, FindingBatch shard, Instant now) => db.Execute(
        "UPDATE run_shard SET lease_until_at = @now WHERE run_id = @RunId AND shard = @Number AND fence = @Fence",
        new { shard.RunId, shard.Number, shard.Fence, now });
}
