using ProactiveCare.Payments.Gateways.BillingFile;

namespace ProactiveCare.Payments;

/// <summary>A payment that was handed to a gateway and is not answered.</summary>
/// <param name="Batch">Its batch.</param>
/// <param name="Line">Its line in the file; the header is line 1.</param>
/// <param name="CreditId">The credit.</param>
/// <param name="JobId">The job that made it.</param>
/// <param name="CustomerId">The customer.</param>
/// <param name="PurchaseId">The purchase to refund; null for a credit to the account.</param>
/// <param name="PaymentRef">The company's reference of the original payment, if known.</param>
/// <param name="AmountMinor">In minor units.</param>
/// <param name="Currency">The currency.</param>
/// <param name="Gateway">The gateway.</param>
/// <param name="IsDebit">Whether it takes an account credit back.</param>
/// <param name="HandedOverAt">When its batch was made.</param>
public sealed record HandedOver(
    long Batch, long Line, CreditId CreditId, JobId JobId, CustomerId CustomerId, PurchaseId? PurchaseId,
    string? PaymentRef, long AmountMinor, Currency Currency, string Gateway, bool IsDebit, Instant HandedOverAt)
{
    /// <summary>The amount.</summary>
    public Money Amount => new(AmountMinor, Currency);

    /// <summary>The file.</summary>
    public string File => BillingFiles.Of(Gateway).Name(Batch);

    /// <summary>Whether it should have been answered by now.</summary>
    public bool IsOverdue(Instant now) => now - HandedOverAt > PaymentBatches.AnswerWithin;

    /// <summary>All of them, in the order of files and lines.</summary>
    public static IReadOnlyList<HandedOver> List(DbConnection db) =>
        [.. db.Query<HandedOver>(
            """
            SELECT batch, line, credit_id, job_id, customer_id, purchase_id, payment_ref, amount_minor, currency,
              gateway, is_debit, handed_over_at
            FROM (
              SELECT p.batch, 1 + ROW_NUMBER() OVER (PARTITION BY p.batch ORDER BY c.credit_id) AS line, c.credit_id,
                job_id, customer_id, purchase_id, payment_ref, amount_minor, currency, b.gateway, p.debit AS is_debit,
                b.created_at AS handed_over_at, status
              FROM payment p JOIN payment_batch b ON b.batch = p.batch JOIN credit c ON c.credit_id = p.credit_id
              WHERE p.batch IN (SELECT batch FROM payment WHERE status IS NULL)) sent
            WHERE status IS NULL ORDER BY batch, line
            """)];

    /// <summary>The batch of a credit that waits for an answer; null when none does.</summary>
    internal static long? BatchOf(DbConnection db, CreditId id) =>
        db.QuerySingleOrDefault<long?>(
            "SELECT batch FROM payment WHERE credit_id = @id AND status IS NULL", new { id });
}
