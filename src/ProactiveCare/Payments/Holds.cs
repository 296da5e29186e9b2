using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>Holds that end without a person: of a budget that is there again, of an andon that is released.</summary>
public static class Holds
{
    /// <summary>
    /// Approves a credit whose hold is over; one that no budget holds yet takes room in the budget of the day.
    /// </summary>
    /// <returns>
    /// Whether it is approved; false when the budget has no room, or somebody decided about it before.
    /// </returns>
    public static bool Release(DbConnection db, CreditId id, DayBudget? budget, ActorId by, Instant now)
    {
        var credit = Credits.Get(db, id);
        if (credit.State != CreditState.Pending) return false;
        var period = credit.BudgetPeriod;
        if (period is null && budget is not null)
        {
            var key = new BudgetKey(credit.JobId, "live", budget.Period);
            if (!Budgets.TryReserve(db, key, credit.Amount, budget.Cap)) return false;
            period = budget.Period;
        }
        db.Execute(
            """
            UPDATE credit SET state = 'approved', hold_reason = NULL, approved_at = @now, budget_period = @period
            WHERE credit_id = @id AND state = 'pending'
            """,
            new { id, now, period });
        if (!credit.OwedAtOnce) Bookings.Owe(db, credit, by, now);
        AuditLog.Append(db, new AuditEvent(by, "credit.release", $"credit:{id}", new { credit.HoldReason }), now);
        return true;
    }

    /// <summary>Credits of a job that its andon holds, oldest first.</summary>
    internal static IReadOnlyList<CreditId> OfAndon(DbConnection db, JobId job, CreditId after, int most) =>
        db.All(
            """
            SELECT credit_id FROM credit WHERE job_id = ?1 AND hold_reason = 'andon' AND credit_id > ?2
            ORDER BY credit_id LIMIT ?3
            """,
            row => new CreditId(row.Number(0)), job, after, most);

    /// <summary>Credits of a job that wait for budget, each of which what is left of it could hold, oldest
    /// first.</summary>
    internal static IReadOnlyList<CreditId> OfBudget(
        DbConnection db, JobId job, Money left, CreditId after, int most) =>
        db.All(
            """
            SELECT credit_id FROM credit
            WHERE job_id = ?1 AND hold_reason = 'budget' AND currency = ?2 AND amount_minor <= ?3 AND credit_id > ?4
            ORDER BY credit_id LIMIT ?5
            """,
            row => new CreditId(row.Number(0)), job, left.Currency, left.Minor, after, most);

    /// <summary>Gives a pending credit another reason to be held.</summary>
    /// <returns>Always false: it is not released.</returns>
    public static bool Change(DbConnection db, CreditId id, string hold, Instant? decideBy)
    {
        db.Execute(
            """
            UPDATE credit SET hold_reason = @hold, decide_by_at = @decideBy
            WHERE credit_id = @id AND state = 'pending'
            """,
            new { id, hold, decideBy });
        return false;
    }
}
