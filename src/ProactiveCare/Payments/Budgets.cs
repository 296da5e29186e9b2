using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>The key of a budget: job, mode and period.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Mode">Shadow has a budget of its own.</param>
/// <param name="Period">The date, in the company's time zone, on which the period begins.</param>
public sealed record BudgetKey(JobId JobId, string Mode, string Period);

/// <summary>The budget of the day of an approval.</summary>
/// <param name="Period">The date, in the company's time zone, on which the period begins.</param>
/// <param name="Cap">The most that the job may give in the period.</param>
public sealed record DayBudget(string Period, Money Cap);

/// <summary>Reservations that never exceed their cap, however many run concurrently.</summary>
public static class Budgets
{
    /// <summary>Reserves an amount within the cap. A changed cap applies, but never below the reserved sum.</summary>
    public static bool TryReserve(DbConnection db, BudgetKey key, Money amount, Money cap)
    {
        if (amount.Minor <= 0)
            throw new PaymentException($"{amount} cannot be reserved: an amount is more than nothing.");
        if (amount.Currency != cap.Currency)
            throw new PaymentException($"{amount} cannot be reserved in a budget of {cap}; nothing is converted.");
        const string Reserve =
            """
            UPDATE budget SET reserved_minor = reserved_minor + ?5
            WHERE job_id = ?1 AND mode = ?2 AND period = ?3 AND currency = ?4 AND reserved_minor + ?5 <= cap_minor
              AND cap_minor = ?6
            """;
        if (db.Run(Reserve, key.JobId, key.Mode, key.Period, amount.Currency, amount.Minor, cap.Minor) == 1)
            return true;
        var changed = db.Run(
            """
            INSERT INTO budget (job_id, mode, period, currency, cap_minor) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (job_id, mode, period, currency) DO UPDATE
            SET cap_minor = CASE WHEN excluded.cap_minor > budget.reserved_minor
              THEN excluded.cap_minor ELSE budget.reserved_minor END
            WHERE budget.cap_minor <> CASE WHEN excluded.cap_minor > budget.reserved_minor
              THEN excluded.cap_minor ELSE budget.reserved_minor END
            """,
            key.JobId, key.Mode, key.Period, cap.Currency, cap.Minor);
        return changed == 1
            && db.Run(Reserve, key.JobId, key.Mode, key.Period, amount.Currency, amount.Minor, cap.Minor) == 1;
    }

    /// <summary>Reserves each amount that still fits, in order, like <see cref="TryReserve"/>.</summary>
    /// <returns>Whether each of them is reserved.</returns>
    internal static bool[] TryReserveEach(DbConnection db, BudgetKey key, IReadOnlyList<Money> amounts, Money cap)
    {
        var reserved = new bool[amounts.Count];
        Array.Fill(reserved, true);
        if (TryReserve(db, key, cap with { Minor = amounts.Sum(amount => amount.Minor) }, cap)) return reserved;
        // The attempt has locked the row: the rest cannot change until the transaction ends.
        var left = Left(db, key, cap).Minor;
        long fitting = 0;
        for (var i = 0; i < reserved.Length; i++)
        {
            reserved[i] = fitting + amounts[i].Minor <= left;
            if (reserved[i]) fitting += amounts[i].Minor;
        }
        return fitting == 0 || TryReserve(db, key, cap with { Minor = fitting }, cap)
            ? reserved
            : throw new PaymentException($"The budget of {key.JobId} for {key.Period} changed while it was locked.");
    }

    /// <summary>The unreserved rest of a cap; negative when the cap was lowered since.</summary>
    internal static Money Left(DbConnection db, BudgetKey key, Money cap) => cap - new Money(
        db.First(
            "SELECT reserved_minor FROM budget WHERE job_id = ?1 AND mode = ?2 AND period = ?3 AND currency = ?4",
            row => row.Number(0), key.JobId, key.Mode, key.Period, cap.Currency),
        cap.Currency);

    /// <summary>Releases a reservation.</summary>
    /// <exception cref="PaymentException">Less than that is reserved.</exception>
    public static void Release(DbConnection db, BudgetKey key, Money amount)
    {
        var changed = db.Execute(
            """
            UPDATE budget SET reserved_minor = reserved_minor - @Minor
            WHERE job_id = @JobId AND mode = @Mode AND period = @Period AND currency = @Currency
              AND reserved_minor >= @Minor
            """,
            new { key.JobId, key.Mode, key.Period, amount.Currency, amount.Minor });
        if (changed == 0)
        {
            throw new PaymentException(
                $"The budget of {key.JobId} for {key.Period} does not hold {amount}. Run: proactive-care ledger check");
        }
    }
}
