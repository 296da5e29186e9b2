using System.Data.Common;
using NodaTime;
using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>What became of one credit that somebody decided about.</summary>
/// <param name="Id">The credit.</param>
/// <param name="Done">Whether it was decided so.</param>
/// <param name="Problem">Why not.</param>
/// <param name="State">Its state now; null where there is no such credit.</param>
/// <param name="Amount">In major units.</param>
/// <param name="Currency">The currency.</param>
/// <param name="CustomerId">Whose it is.</param>
public sealed record CreditDecided(
    CreditId Id, bool Done, string? Problem, CreditState? State, string? Amount, Currency? Currency,
    CustomerId? CustomerId);

/// <summary>What the operations ask about the job of a credit.</summary>
/// <param name="Budget">The job's budget of the day in the credit's currency; null when it has none.</param>
/// <param name="Makers">Who made the job act.</param>
/// <param name="Settlement">Ends outcomes that are unknown.</param>
public sealed record JobOfCredit(
    Func<DbConnection, Credit, Instant, DayBudget?> Budget, Func<DbConnection, JobId, IReadOnlyList<ActorId>> Makers,
    Settlement Settlement);

/// <summary>What finance does about credits; each credit is decided on its own, in a transaction of its own.</summary>
public sealed class CreditOperations(Store store, JobOfCredit jobs, TimeProvider time)
{
    /// <summary>Approves pending credits.</summary>
    public Task<IReadOnlyList<CreditDecided>> Approve(Actor by, IReadOnlyList<CreditId> credits) =>
        Each(by, credits, (db, credit, now) => Approvals.Approve(
            db, credit.Id, DeciderOf(db, by, credit), jobs.Budget(db, credit, now), now));

    /// <summary>Rejects pending credits.</summary>
    public Task<IReadOnlyList<CreditDecided>> Reject(Actor by, IReadOnlyList<CreditId> credits, string reason) =>
        Each(by, credits, (db, credit, now) =>
            Approvals.Reject(db, credit.Id, DeciderOf(db, by, credit), reason, now));

    /// <summary>Takes back credits that are approved and not paid.</summary>
    public Task<IReadOnlyList<CreditDecided>> Reverse(Actor by, IReadOnlyList<CreditId> credits, string reason) =>
        Each(by, credits, (db, credit, now) =>
            Approvals.Reverse(db, credit.Id, DeciderOf(db, by, credit), reason, now));

    /// <summary>Has credits paid again that a gateway refused.</summary>
    public Task<IReadOnlyList<CreditDecided>> Retry(Actor by, IReadOnlyList<CreditId> credits) =>
        Each(by, credits, (db, credit, now) => Approvals.Retry(db, credit.Id, by, now));

    /// <summary>States of credits with an unknown outcome whether the gateway has paid them.</summary>
    public Task<IReadOnlyList<CreditDecided>> Resolve(
        Actor by, IReadOnlyList<CreditId> credits, bool paid, string reason) =>
        Each(by, credits, (db, credit, _) =>
            jobs.Settlement.Resolve(db, credit.Id, DeciderOf(db, by, credit), paid, reason));

    // Who made a job act is a maker of what it gives.
    private Decider DeciderOf(DbConnection db, Actor by, Credit credit) => new(by, jobs.Makers(db, credit.JobId));

    private async Task<IReadOnlyList<CreditDecided>> Each(
        Actor by, IReadOnlyList<CreditId> credits, Action<DbConnection, Credit, Instant> decide)
    {
        by.Require(Role.Finance);
        var decided = new List<CreditDecided>();
        foreach (var id in credits.Distinct())
        {
            string? problem = null;
            try
            {
                await store.Write(db => decide(db, Credits.Get(db, id), time.Now()));
            }
            catch (PaymentException e)
            {
                problem = e.Message;
            }
            var credit = store.Read(db => Credits.Find(db, id));
            decided.Add(new CreditDecided(
                id, problem is null, problem, credit?.State, credit?.Amount.Decimal, credit?.Currency,
                credit?.CustomerId));
        }
        return decided;
    }
}
