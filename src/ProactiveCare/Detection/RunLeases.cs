using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Detection;

/// <summary>The right to detect for a run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Fence">What every write under it names; whoever claims after that has a higher one.</param>
internal sealed record RunLease(RunId Run, long Fence);

/// <summary>Who detects for a run, and what is put beside it.</summary>
internal static class RunLeases
{
    /// <summary>
    /// How many findings a shard has at most: a few batches, so that claiming costs nothing beside deciding, and a node
    /// that comes late still finds some to take.
    /// </summary>
    public const int ShardSize = 4000;

    /// <summary>Claims a run that nobody detects for.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="run">The run.</param>
    /// <param name="by">Who claims it.</param>
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

    /// <summary>Holds a run for longer, while its detector is at work and nothing else is written.</summary>
    /// <returns>How many runs it still is: 1, or 0 when another node has it.</returns>
    public static int Renew(DbConnection db, RunLease claim, LeaseOwner by) => db.Execute(
        "UPDATE run SET lease_until_at = @Until WHERE run_id = @Run AND fence = @Fence AND state = 'stored'",
        new { claim.Run, claim.Fence, by.Until });

    /// <summary>Puts what was found beside the run, replacing what an interrupted attempt had put there.</summary>
    /// <exception cref="LeaseLostException">Another node has the run.</exception>
    public static void Stage(DbConnection db, RunLease claim, int first, IEnumerable<Finding> findings, LeaseOwner by)
    {
        Require(claim, Renew(db, claim, by));
        if (first == 1) db.Execute("DELETE FROM finding WHERE run_id = @Run", new { claim.Run });
        var number = first;
        foreach (var finding in findings)
        {
            db.Post(
                """
                INSERT INTO finding (run_id, number, subject, customer_id, service_event, occurred_at, amount_basis,
                  in_doubt, evidence)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                """,
                claim.Run, number++, finding.Subject, finding.CustomerId, finding.ServiceEvent, finding.OccurredAt,
                finding.AmountBasis, finding.InDoubt, finding.Evidence);
        }
    }

    /// <summary>Marks all findings of a run as put beside it, and splits them into shards for whoever comes.</summary>
    /// <exception cref="LeaseLostException">Another node has the run.</exception>
    public static void Staged(DbConnection db, RunLease claim, int found)
    {
        Require(claim, db.Execute(
            """
            UPDATE run SET state = 'staged', found = @found, node = NULL, lease_until_at = NULL
            WHERE run_id = @Run AND fence = @Fence AND state = 'stored'
            """,
            new { claim.Run, claim.Fence, found }));
        for (var (shard, first) = (1, 1); first <= found; shard++, first += ShardSize)
        {
            db.Execute(
                """
                INSERT INTO run_shard (run_id, shard, first_number, last_number)
                VALUES (@Run, @shard, @first, @last)
                """,
                new { claim.Run, shard, first, last = Math.Min(found, first + ShardSize - 1) });
        }
    }

    /// <summary>Ends a run that cannot go on; its cursor stays, so the next run does its work.</summary>
    /// <exception cref="LeaseLostException">Another node has the run.</exception>
    public static void Fail(DbConnection db, RunLease claim, string error, Instant now)
    {
        Require(claim, db.Execute(
            """
            UPDATE run SET state = 'failed', error = @error, finished_at = @now
            WHERE run_id = @Run AND fence = @Fence AND state = 'stored'
            """,
            new { claim.Run, claim.Fence, error, now }));
        db.Execute("DELETE FROM finding WHERE run_id = @Run", new { claim.Run });
    }

    /// <summary>Gives a claim back unfinished, so that the next node need not wait for its end.</summary>
    public static void Release(DbConnection db, RunLease claim, Instant now) => db.Execute(
        "UPDATE run SET lease_until_at = @now WHERE run_id = @Run AND fence = @Fence AND state = 'stored'",
        new { claim.Run, claim.Fence, now });

    private static void Require(RunLease claim, int changed)
    {
        if (changed == 0) throw new LeaseLostException(claim.Run);
    }
}
