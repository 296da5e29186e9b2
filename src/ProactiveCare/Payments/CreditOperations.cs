using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>The result of a decision about one credit.</summary>
/// <param name="Id">The credit.</param>
/// <param name="Done">Whether the decision was carried out.</param>
/// <param name="Problem">The reason why not.</param>
/// <param name="State">Its state now; null where there is no such credit.</param>
/// <param name="Amount">In major units.</param>
/// <param name="Currency">The currency.</param>
/// <param name="CustomerId">The customer.</param>
public sealed record CreditDecided(
    CreditId Id, bool Done, string? Problem, CreditState? State, string? Amount, Currency? Currency,
    CustomerId? CustomerId);

/// <summary>The data that the operations need of a credit's job.</summary>
/// <param name="Budget">The job's budget of the day in the credit's currency; null when it has none.</param>
/// <param name="Makers">The users who activated the job.</param>
/// <param name="Settlement">Stores what gateways and people say of payments.</param>
/// <param name="Debits">When a paid account credit may be taken back.</param>
public sealed record JobOfCredit(
    Func<DbConnection, Credit, Instant, DayBudget?> Budget, Func<DbConnection, JobId, IReadOnlyList<ActorId>> Makers,
    Settlement Settlement, DebitRules Debits);

/// <summary>Finance's decisions about credits; each credit is decided in its own transaction.</summary>
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

    /// <summary>Asks to undo credits; another person confirms it.</summary>
    public Task<IReadOnlyList<CreditDecided>> AskToUndo(Actor by, IReadOnlyList<CreditId> credits, string reason) =>
        Each(by, credits, (db, credit, now) =>
            CreditUndo.Request(db, credit.Id, DeciderOf(db, by, credit), reason, jobs.Debits, now));

    /// <summary>Confirms requests to undo credits.</summary>
    public Task<IReadOnlyList<CreditDecided>> ConfirmUndo(Actor by, IReadOnlyList<CreditId> credits) =>
        Each(by, credits, (db, credit, now) => CreditUndo.Confirm(
            db, credit.Id, DeciderOf(db, by, credit), jobs.Debits, jobs.Settlement.Events, now));

    /// <summary>Declines requests to undo credits.</summary>
    public Task<IReadOnlyList<CreditDecided>> DeclineUndo(Actor by, IReadOnlyList<CreditId> credits, string reason) =>
        Each(by, credits, (db, credit, now) =>
            CreditUndo.Decline(db, credit.Id, DeciderOf(db, by, credit), reason, now));

    /// <summary>Turns failed refunds into account credits.</summary>
    public Task<IReadOnlyList<CreditDecided>> Convert(Actor by, IReadOnlyList<CreditId> credits) =>
        Each(by, credits, (db, credit, now) =>
            Approvals.Convert(db, credit.Id, DeciderOf(db, by, credit), now));

    /// <summary>Stores billing's answer about credits that were handed over.</summary>
    public Task<IReadOnlyList<CreditDecided>> Answer(
        Actor by, IReadOnlyList<CreditId> credits, bool accepted, string? reference, string? reason) =>
        Each(by, credits, (db, credit, _) => jobs.Settlement.AnswerByHand(
            db, DeciderOf(db, by, credit), new PaymentAnswer(0, credit.Id, accepted, reference, reason)));

    /// <summary>Retries credits that a gateway refused.</summary>
    public Task<IReadOnlyList<CreditDecided>> Retry(Actor by, IReadOnlyList<CreditId> credits) =>
        Each(by, credits, (db, credit, now) => Approvals.Retry(db, credit.Id, by, now));

    /// <summary>States whether the gateway has paid credits with an unknown outcome.</summary>
    public Task<IReadOnlyList<CreditDecided>> Resolve(
        Actor by, IReadOnlyList<CreditId> credits, bool paid, string reason) =>
        Each(by, credits, (db, credit, _) =>
            jobs.Settlement.Resolve(db, credit.Id, DeciderOf(db, by, credit), paid, reason));

    // The users who activated a job count as makers of its credits.
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
