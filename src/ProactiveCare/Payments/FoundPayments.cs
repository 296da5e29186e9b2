using ProactiveCare.Audit;
using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>A payment in a file that a gateway was handed.</summary>
/// <param name="Batch">The batch of the file.</param>
/// <param name="Number">The credit's number in it.</param>
/// <param name="Key">The idempotency key.</param>
/// <param name="PurchaseId">The purchase; null for a credit to the account.</param>
/// <param name="CustomerId">The customer.</param>
/// <param name="AmountMinor">In minor units.</param>
/// <param name="Currency">The currency.</param>
public sealed record FoundPayment(
    long Batch, CreditId Number, string Key, PurchaseId? PurchaseId, CustomerId CustomerId, long AmountMinor,
    Currency Currency)
{
    /// <summary>The amount.</summary>
    public Money Amount => new(AmountMinor, Currency);
}

/// <summary>Payments that had left before a restore and that the restored database does not know. A credit for the same
/// purchase, customer and amount takes one on instead of being handed over again.</summary>
public static class FoundPayments
{
    private const string Select =
        """
        SELECT batch, number, key, purchase_id, customer_id, amount_minor, currency FROM payment_found
        """;

    private const string IsOpen = "taken_by IS NULL AND refund_id IS NULL";

    /// <summary>Keeps those that are not known.</summary>
    /// <returns>How many are new.</returns>
    internal static int Keep(DbConnection db, IPaymentGateway gateway, IEnumerable<FoundPayment> found, Instant now)
    {
        var kept = found.Count(payment => db.Run(
            """
            INSERT INTO payment_found (key, gateway, batch, number, purchase_id, customer_id, amount_minor, currency,
              found_at)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE NOT EXISTS (SELECT 1 FROM payment WHERE key = ?1)
            ON CONFLICT (key) DO NOTHING
            """,
            payment.Key, gateway.Name, payment.Batch, payment.Number, payment.PurchaseId, payment.CustomerId,
            payment.AmountMinor, payment.Currency, now) == 1);
        // Billing and people speak of credits by their numbers.
        var last = db.ExecuteScalar<long?>("SELECT MAX(number) FROM payment_found");
        if (last is { } number) Epoch.ContinueAfter(db, "credit", "credit_id", number);
        return kept;
    }

    /// <summary>Those that no credit has taken on.</summary>
    public static IReadOnlyList<FoundPayment> Open(DbConnection db) =>
        [.. db.Query<FoundPayment>($"{Select} WHERE {IsOpen} ORDER BY batch, number")];

    /// <summary>The message to a person about them; null when there are none.</summary>
    public static string? Left(DbConnection db)
    {
        var open = Open(db);
        if (open.Count == 0) return null;
        var sums = open.GroupBy(payment => payment.Currency)
            .Select(same => $"{new Money(same.Sum(payment => payment.AmountMinor), same.Key)}");
        return $"Payments that had left before the restore and belong to no credit: {open.Count}, "
            + $"{string.Join(", ", sums)}, such as {open[0].Amount} for customer {open[0].CustomerId}. A credit for "
            + "the same takes one on once its case is found again: import again what came in after the backup. If "
            + $"there is none, import it as a refund, with its key as the reference ({open[0].Key}).";
    }

    /// <summary>Ends the wait of a payment that people import as a refund.</summary>
    internal static void Imported(DbConnection db, string refundId, string? reference) => db.Run(
        $"UPDATE payment_found SET refund_id = ?1 WHERE key IN (?1, ?2) AND {IsOpen}", refundId, reference ?? refundId);

    /// <summary>Whether the line of a file is known, though no credit has taken it on.</summary>
    internal static bool Waits(DbConnection db, long batch, CreditId number) => db.ExecuteScalar<bool>(
        $"SELECT EXISTS (SELECT 1 FROM payment_found WHERE batch = @batch AND number = @number AND {IsOpen})",
        new { batch, number });

    /// <summary>The credit that took on a line of a file; null when none did.</summary>
    internal static CreditId? TakenBy(DbConnection db, long batch, CreditId number) =>
        db.QuerySingleOrDefault<CreditId?>(
            "SELECT taken_by FROM payment_found WHERE batch = @batch AND number = @number AND taken_by IS NOT NULL",
            new { batch, number });

    /// <summary>Approves credits that the restored database still holds, and which had been handed over.</summary>
    internal static int ApproveHandedOver(DbConnection db, ActorId by, Instant now)
    {
        var held = db.Query<CreditId>(
            $"""
            SELECT c.credit_id FROM credit c JOIN payment_found f ON f.number = c.credit_id AND f.gateway = c.gateway
            WHERE c.state = 'pending' AND {IsOpen} AND f.customer_id = c.customer_id AND f.currency = c.currency
              AND f.amount_minor = c.amount_minor AND f.purchase_id IS NOT DISTINCT FROM c.purchase_id
            """).AsList();
        return held.Count(id => Approvals.Release(db, Credits.Get(db, id), null, by, now));
    }

    /// <summary>Gives each approved credit of a gateway the payment that had left for it, in the transaction that would
    /// hand it over. A payment of another amount for the same purchase is money given elsewhere.</summary>
    /// <returns>The number of credits that took on a payment.</returns>
    internal static int Adopt(DbConnection db, IPaymentGateway gateway, Instant now)
    {
        if (!db.ExecuteScalar<bool>(
            $"SELECT EXISTS (SELECT 1 FROM payment_found WHERE gateway = @Name AND {IsOpen})", new { gateway.Name }))
            return 0;
        var adopted = 0;
        var credits = db.Query<CreditId>(
            $"""
            SELECT credit_id FROM credit WHERE state = 'approved' AND gateway = @Name AND customer_id IN (
              SELECT customer_id FROM payment_found WHERE gateway = @Name AND {IsOpen})
            ORDER BY credit_id
            """,
            new { gateway.Name }).AsList();
        foreach (var id in credits) adopted += Adopt(db, Credits.Get(db, id), now) ? 1 : 0;
        return adopted;
    }

    private static bool Adopt(DbConnection db, Credit credit, Instant now)
    {
        var left = db.Query<FoundPayment>(
            $"""
            {Select} WHERE gateway = @Gateway AND customer_id = @CustomerId AND {IsOpen}
              AND purchase_id IS NOT DISTINCT FROM @PurchaseId
            ORDER BY CASE WHEN number = @Id THEN 0 ELSE 1 END, batch, number
            """,
            new { credit.Id, credit.Gateway, credit.CustomerId, PurchaseId = credit.PurchaseId?.Value })
            .AsList();
        if (left.Find(payment => payment.Amount == credit.Amount) is { } same)
        {
            Take(db, credit, same, now);
            return true;
        }
        if (credit.PurchaseId is null) return false;
        var by = Actors.Gateway(db, credit.Gateway, now);
        foreach (var other in left) GiveElsewhere(db, other, by, now);
        return false;
    }

    private static void Take(DbConnection db, Credit credit, FoundPayment payment, Instant now)
    {
        db.Run(
            """
            INSERT INTO payment_batch (batch, gateway, created_at, sent_at) VALUES (?1, ?2, ?3, ?3)
            ON CONFLICT (batch) DO NOTHING
            """,
            payment.Batch, credit.Gateway, now);
        db.Run(
            "INSERT INTO payment (batch, credit_id, key, debit) VALUES (?1, ?2, ?3, 0)",
            payment.Batch, credit.Id, payment.Key);
        db.Run("UPDATE payment_found SET taken_by = ?2 WHERE key = ?1", payment.Key, credit.Id);
        var moved = db.Run(
            """
            UPDATE credit SET state = 'settling', settling_at = ?2, batch = ?3
            WHERE credit_id = ?1 AND state = 'approved'
            """,
            credit.Id, now, payment.Batch);
        if (moved == 0) throw new PaymentException($"Credit {credit.Id} left while its payment was found.");
        var by = Actors.Gateway(db, credit.Gateway, now);
        var detail = new { payment.Key, payment.Batch };
        AuditLog.Append(db, new AuditEvent(by, "credit.found", $"credit:{credit.Id}", detail), now);
    }

    private static void GiveElsewhere(DbConnection db, FoundPayment payment, ActorId by, Instant now)
    {
        var refund = new IncomingRefund(
            payment.Key, payment.PurchaseId!.Value.Value, payment.CustomerId.Value, payment.AmountMinor,
            payment.Currency.Code, now.ToUnixTimeMilliseconds(), "a refund file of before the restore", null, null,
            [0]);
        Refunds.Receive(db, refund, now, (inside, received) => MoneyElsewhere.Receive(inside, received, by, now));
        db.Run("UPDATE payment_found SET refund_id = ?1 WHERE key = ?1", payment.Key);
    }
}
