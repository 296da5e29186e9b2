using System.Data.Common;
using Dapper;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>The refunded and promised amounts of a purchase; together never more than was paid for it.</summary>
internal static class PurchaseRefunds
{
    /// <summary>Promises refunds on their purchases.</summary>
    /// <exception cref="PaymentException">One is more than its purchase has left, or not its customer's.</exception>
    public static void Promise(DbConnection db, IReadOnlyList<Credit> refunds)
    {
        var refused = db.ForAll(
            """
            UPDATE purchase SET pending_minor = pending_minor + ?3
            WHERE purchase_id = ?1 AND customer_id = ?2 AND currency = ?4
              AND refunded_minor + pending_minor + ?3 <= amount_minor
            """,
            refunds, credit => [credit.PurchaseId, credit.CustomerId, credit.AmountMinor, credit.Currency]);
        if (refused is [var first, ..])
            throw new PaymentException(WhyNot(db, first.PurchaseId!.Value, first.CustomerId, first.Amount));
    }

    public static void GiveUp(DbConnection db, PurchaseId purchase, Money amount) =>
        Require(purchase, db.Execute(
            """
            UPDATE purchase SET pending_minor = pending_minor - @Minor
            WHERE purchase_id = @purchase AND currency = @Currency AND pending_minor >= @Minor
            """,
            new { purchase, amount.Minor, amount.Currency }));

    public static void Keep(DbConnection db, PurchaseId purchase, Money amount) =>
        Require(purchase, db.Run(
            """
            UPDATE purchase SET pending_minor = pending_minor - ?2, refunded_minor = refunded_minor + ?2
            WHERE purchase_id = ?1 AND currency = ?3 AND pending_minor >= ?2
            """,
            purchase, amount.Minor, amount.Currency));

    private static void Require(PurchaseId purchase, int changed)
    {
        if (changed == 0)
            throw new PaymentException(
                $"Purchase {purchase} does not promise that refund. Run: proactive-care ledger check");
    }

    private static string WhyNot(DbConnection db, PurchaseId purchase, CustomerId customer, Money amount)
    {
        var paid = db.QuerySingleOrDefault<Paid>(
            """
            SELECT customer_id, currency, amount_minor AS minor, refunded_minor AS refunded, pending_minor AS pending
            FROM purchase WHERE purchase_id = @purchase
            """,
            new { purchase });
        if (paid is null) return $"There is no purchase {purchase} to refund.";
        if (paid.CustomerId != customer) return $"Purchase {purchase} is not one of customer {customer}.";
        if (paid.Currency != amount.Currency)
            return $"Purchase {purchase} was paid in {paid.Currency}; it cannot be refunded in {amount.Currency}.";
        return $"A refund of {amount} is more than purchase {purchase} has left: "
            + $"{new Money(paid.Minor, paid.Currency)} were paid, "
            + $"{new Money(paid.Refunded, paid.Currency)} are refunded "
            + $"and {new Money(paid.Pending, paid.Currency)} promised.";
    }

    private sealed record Paid(CustomerId CustomerId, Currency Currency, long Minor, long Refunded, long Pending);
}
