using ProactiveCare.Ledger;

namespace ProactiveCare.Payments;

/// <summary>Cross-checks all records of money.</summary>
public static class BooksCheck
{
    /// <summary>Checks the journal (<see cref="LedgerCheck"/>), then compares it with the credits, and the credits with
    /// the refunded and promised amounts of purchases and the reservations of budgets.</summary>
    public static LedgerReport Run(DbConnection db)
    {
        var journal = LedgerCheck.Run(db);
        return journal with
        {
            Problems =
            [
                .. journal.Problems, .. Credits(db), .. Strays(db), .. Purchases(db), .. Payments(db),
                .. Budgets(db),
            ],
        };
    }

    private static IEnumerable<string> Credits(DbConnection db) => db.Query<CreditGap>(
        """
        WITH booked AS (
          SELECT credit_id, state, amount_minor, currency, 'liability:customers:' || customer_number AS owes,
            CASE WHEN family = 'price' THEN 'contra-revenue:price:' ELSE 'expense:' || entitlement || ':' END
              || job_id AS bears,
            state = 'pending' AND entitlement <> 'goodwill' AS early
          FROM credit),
        summed AS (
          SELECT b.credit_id, b.state, b.currency,
            CASE WHEN b.state IN ('approved', 'settling', 'unknown', 'failed') OR b.early
              THEN -b.amount_minor ELSE 0 END AS should_owe,
            COALESCE(SUM(p.amount_minor) FILTER (WHERE p.account = b.owes AND p.currency = b.currency), 0) AS owed,
            CASE WHEN b.state IN ('approved', 'settling', 'unknown', 'failed', 'settled', 'debiting') OR b.early
              THEN b.amount_minor ELSE 0 END AS should_cost,
            COALESCE(SUM(p.amount_minor) FILTER (WHERE p.account = b.bears AND p.currency = b.currency), 0) AS cost
          FROM booked b LEFT JOIN entry e USING (credit_id) LEFT JOIN posting p USING (entry_id)
          GROUP BY b.credit_id, b.state, b.currency, b.amount_minor, b.early)
        SELECT credit_id, state, currency, should_owe, owed, should_cost, cost FROM summed
        WHERE owed <> should_owe OR cost <> should_cost ORDER BY credit_id
        """).Select(gap =>
            $"Credit {gap.CreditId} is {gap.State}, so its customer should be owed "
            + $"{Shown(-gap.ShouldOwe, gap.Currency)} and it should have cost {Shown(gap.ShouldCost, gap.Currency)}; "
            + $"the ledger has {Shown(-gap.Owed, gap.Currency)} and {Shown(gap.Cost, gap.Currency)}.");

    private static IEnumerable<string> Strays(DbConnection db) => db.Query<long>(
        """
        SELECT entry_id FROM entry
        WHERE credit_id IS NOT NULL AND credit_id NOT IN (SELECT credit_id FROM credit) ORDER BY entry_id
        """)
        .Select(entry => $"Entry {entry} belongs to a credit that does not exist.");

    private static IEnumerable<string> Purchases(DbConnection db) => db.Query<PurchaseGap>(
        """
        WITH promised AS (
          SELECT purchase_id, currency,
            SUM(amount_minor) FILTER (WHERE state IN ('pending', 'approved', 'settling', 'unknown',
                'failed')) AS pending,
            SUM(amount_minor) FILTER (WHERE state IN ('settled', 'written-off')) AS paid
          FROM credit WHERE purchase_id IS NOT NULL GROUP BY purchase_id, currency),
        given AS (
          SELECT purchase_id, SUM(counted_minor) AS elsewhere FROM refund GROUP BY purchase_id),
        counted AS (
          SELECT purchase_id, p.currency, pending_minor, COALESCE(pending, 0) AS pending,
            refunded_minor + elsewhere_minor AS refunded_minor, COALESCE(paid, 0) + COALESCE(elsewhere, 0) AS refunded
          FROM purchase p LEFT JOIN promised USING (purchase_id, currency)
            LEFT JOIN given USING (purchase_id))
        SELECT purchase_id, currency, pending_minor AS says_pending, pending, refunded_minor AS says_refunded, refunded
        FROM counted WHERE pending_minor <> pending OR refunded_minor <> refunded
        UNION ALL
        SELECT purchase_id, currency, 0, COALESCE(pending, 0), 0, COALESCE(paid, 0) FROM promised
        WHERE NOT EXISTS (
          SELECT 1 FROM purchase p WHERE p.purchase_id = promised.purchase_id AND p.currency = promised.currency)
          AND (pending > 0 OR paid > 0)
        ORDER BY purchase_id, currency
        """).Select(gap =>
            $"Purchase {gap.PurchaseId} says that {Shown(gap.SaysPending, gap.Currency)} are promised and "
            + $"{Shown(gap.SaysRefunded, gap.Currency)} refunded; its credits and imported refunds come to "
            + $"{Shown(gap.Pending, gap.Currency)} and {Shown(gap.Refunded, gap.Currency)}.");

    private static IEnumerable<string> Payments(DbConnection db) => db.Query<CreditId>(
        """
        SELECT credit_id FROM credit c
        WHERE (kind = 'refund' OR batch IS NOT NULL)
          AND state IN ('settling', 'unknown', 'settled', 'debiting', 'debited', 'written-off') AND NOT EXISTS (
          SELECT 1 FROM payment p
          WHERE p.credit_id = c.credit_id AND p.batch = c.batch AND p.debit = 0
            AND p.status IS NOT DISTINCT FROM
              CASE WHEN c.state NOT IN ('settling', 'unknown') THEN 'accepted' END)
        ORDER BY credit_id
        """).Select(id => $"Credit {id} is not what its line in a file for billing says.");

    // Shadow mode reserves without credits, so only live budgets can be compared.
    private static IEnumerable<string> Budgets(DbConnection db) => db.Query<BudgetGap>(
        """
        WITH held AS (
          SELECT job_id, budget_period AS period, currency, SUM(amount_minor) AS minor FROM credit
          WHERE budget_period IS NOT NULL AND state NOT IN ('rejected', 'reversed', 'debited')
          GROUP BY job_id, budget_period, currency)
        SELECT COALESCE(b.job_id, h.job_id) AS job_id, COALESCE(b.period, h.period) AS period,
          COALESCE(b.currency, h.currency) AS currency,
          COALESCE(b.reserved_minor, 0) AS says, COALESCE(h.minor, 0) AS held
        FROM (SELECT * FROM budget WHERE mode = 'live') b FULL JOIN held h
          ON h.job_id = b.job_id AND h.period = b.period AND h.currency = b.currency
        WHERE COALESCE(b.reserved_minor, 0) <> COALESCE(h.minor, 0)
        ORDER BY 1, 2, 3
        """).Select(gap =>
            $"The budget of {gap.JobId} for {gap.Period} says that {Shown(gap.Says, gap.Currency)} are reserved; "
            + $"its credits come to {Shown(gap.Held, gap.Currency)}.");

    private static string Shown(long minor, Currency currency) => new Money(minor, currency).ToString();

    private sealed record CreditGap(
        CreditId CreditId, CreditState State, Currency Currency, long ShouldOwe, long Owed, long ShouldCost, long Cost);

    private sealed record PurchaseGap(
        PurchaseId PurchaseId, Currency Currency, long SaysPending, long Pending, long SaysRefunded, long Refunded);

    private sealed record BudgetGap(JobId JobId, string Period, Currency Currency, long Says, long Held);
}
