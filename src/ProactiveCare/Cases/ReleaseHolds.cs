using ProactiveCare.Audit;
using ProactiveCare.Jobs;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>
/// Releases credits that no longer need holding: those that waited for a budget, once a new day has one, and those that
/// the andon held, once it is released. Credits that a person must decide stay held.
/// </summary>
public sealed class ReleaseHolds(Store store, JobBook book, CaseDesk desk, TimeProvider time)
{
    private const int Batch = 250;

    /// <summary>Releases all that can be released now, oldest first.</summary>
    /// <returns>The number of released credits.</returns>
    public async Task<int> RunOnce()
    {
        var now = time.Now();
        var released = 0;
        foreach (var job in store.Read(JobBook.All).Where(job => job.Active is not null))
        {
            var after = new CreditId(0);
            while (store.Read(db => Releasable(db, job.Id, after, now)) is { Count: > 0 } batch)
            {
                after = batch[^1];
                released += await store.Write(db => batch.Count(id => Release(db, Credits.Get(db, id), now)));
            }
        }
        return released;
    }

    // The cost depends on the number of releasable credits, not on the number of held ones.
    private List<CreditId> Releasable(DbConnection db, JobId id, CreditId after, Instant now)
    {
        if (JobStops.IsAndon(db, id, now)) return [];
        if (book.Due(db, id) is not [{ Job: var job }, ..]) return [];
        var fitting = job.Limits.DailyBudget.SelectMany(cap =>
        {
            var left = Budgets.Left(db, new BudgetKey(id, Mode.Live, desk.Period(now)), cap);
            return Credits.HeldByBudget(db, id, left, after, Batch);
        });
        return [.. Credits.HeldByAndon(db, id, after, Batch).Concat(fitting).OrderBy(credit =>
            credit.Value).Take(Batch)];
    }

    private bool Release(DbConnection db, Credit credit, Instant now)
    {
        if (JobStops.IsAndon(db, credit.JobId, now)) return false;
        // Another worker may have changed it since it was selected: a credit that now waits for a person stays held.
        if (credit.HoldReason != HoldReason.Andon && credit.HoldReason != HoldReason.Budget) return false;
        var job = book.Acting(db, credit.JobId).Job;
        var budget = DayBudget(job, credit, now);
        if (credit.BudgetPeriod is null && budget is null) return false;
        if (NextHold(job, credit) is { } hold) Approvals.Hold(db, credit.Id, hold, Deadline(job, now));
        else if (Approvals.Release(db, credit, budget, Actors.Job(db, job.Id, job.Version, now), now)) return true;
        else Approvals.Hold(db, credit.Id, HoldReason.Budget, null);
        return false;
    }

    // The andon is checked before the threshold, so the amount of a credit that the andon held is still unchecked.
    private static HoldReason? NextHold(Job job, Credit credit) =>
        credit.HoldReason == HoldReason.Andon
        && job.Limits.Approval is { } approval
        && Decide.In(approval.Above, credit.Currency) is { } above
        && credit.Amount > above
            ? HoldReason.Approval
            : null;

    private static Instant? Deadline(Job job, Instant now) => job.Limits.Approval is { } rule
        ? now + rule.DecideWithin
        : null;

    /// <summary>The budget of the day for a credit of a job; null when the job has none in its currency.</summary>
    public DayBudget? DayBudget(Job job, Credit credit, Instant now) =>
        Decide.In(job.Limits.DailyBudget, credit.Currency) is { } cap ? new DayBudget(desk.Period(now), cap) : null;
}
