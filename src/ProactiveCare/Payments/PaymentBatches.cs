using System.Data.Common;
using Dapper;
using NodaTime;

namespace ProactiveCare.Payments;

/// <summary>A gateway's answer to a payment.</summary>
public sealed class PaymentStatus : Code<PaymentStatus>
{
    /// <summary>Paid.</summary>
    public static readonly PaymentStatus Accepted = new("accepted");

    /// <summary>Not paid, for good.</summary>
    public static readonly PaymentStatus Refused = new("refused");

    private PaymentStatus(string text) : base(text)
    {
    }
}

/// <summary>A batch that its gateway has not answered in full.</summary>
public sealed record UnansweredBatch(long Batch, string Gateway, Instant CreatedAt, long Payments);

/// <summary>
/// The batches that gateways were sent: stored whole before the first attempt, so every attempt sends the same.
/// </summary>
public static class PaymentBatches
{
    /// <summary>Limits a statement about credits to jobs whose andon is not pulled.</summary>
    internal const string NotStopped =
        "job_id NOT IN (SELECT job_id FROM job_stop WHERE kind = 'andon' AND ended_at IS NULL)";

    private const string Select =
        """
        SELECT payment.batch, credit_id, key, purchase_id, payment_ref, amount_minor, currency, customer_number
        FROM payment JOIN credit USING (credit_id)
        """;

    /// <summary>Batches made before an instant that still miss answers, oldest first.</summary>
    public static IReadOnlyList<UnansweredBatch> Unanswered(DbConnection db, Instant createdBefore) =>
        [.. db.Query<UnansweredBatch>(
            """
            SELECT batch, gateway, created_at, COUNT(*) AS payments FROM payment JOIN payment_batch USING (batch)
            WHERE status IS NULL AND created_at < @createdBefore GROUP BY batch, gateway, created_at ORDER BY batch
            """,
            new { createdBefore })];

    /// <summary>The content of a batch; nothing in it changes once it is stored.</summary>
    internal static PaymentBatch Get(DbConnection db, long batch) => new(
        batch,
        db.Query<Payment>($"{Select} WHERE payment.batch = @batch ORDER BY credit_id", new { batch }).AsList());

    /// <summary>Puts approved credits of a gateway into a batch, in one transaction.</summary>
    /// <returns>How many; zero when there are none.</returns>
    internal static int Store(DbConnection db, IPaymentGateway gateway, Instant now)
    {
        if (!db.ExecuteScalar<bool>(
            $"SELECT EXISTS (SELECT 1 FROM credit WHERE state = 'approved' AND gateway = @Name AND {NotStopped})",
            new { gateway.Name }))
            return 0;
        var batch = db.ExecuteScalar<long>(
            "INSERT INTO payment_batch (gateway, created_at) VALUES (@Name, @now) RETURNING batch",
            new { gateway.Name, now });
        var payments = db.Execute(
            $"""
            INSERT INTO payment (batch, credit_id, key, payment_ref)
            SELECT @batch, credit_id, store_id || '-' || credit_id || '-' || @batch, payment_ref
            FROM credit CROSS JOIN installation LEFT JOIN purchase USING (purchase_id)
            WHERE state = 'approved' AND gateway = @Name AND credit.{NotStopped}
            ORDER BY credit_id LIMIT @MostPerBatch
            """,
            new { batch, gateway.Name, gateway.MostPerBatch });
        var moved = db.Execute(
            """
            UPDATE credit SET state = 'settling', settling_at = @now, batch = @batch
            WHERE state = 'approved' AND credit_id IN (SELECT credit_id FROM payment WHERE batch = @batch)
            """,
            new { now, batch });
        return moved == payments
            ? payments
            : throw new PaymentException(
                $"Batch {batch} for {gateway.Name} would hold {payments} payments for {moved} credits; nothing was "
                + "sent.");
    }

    /// <summary>The credits that a gateway which pays by posting can pay now; at most its largest batch.</summary>
    internal static PaymentBatch Due(DbConnection db, IPaymentGateway gateway, CreditId after) => new(
        0,
        db.Query<Payment>(
            $"""
            SELECT CAST(0 AS BIGINT) AS batch, credit_id, store_id || '-' || credit_id AS key, purchase_id,
              CAST(NULL AS TEXT) AS payment_ref, amount_minor, currency, customer_number
            FROM credit CROSS JOIN installation
            WHERE state = 'approved' AND gateway = @Name AND credit_id > @after AND {NotStopped}
            ORDER BY credit_id LIMIT @MostPerBatch
            """,
            new { gateway.Name, after, gateway.MostPerBatch }).AsList());

    internal static List<long> Unsent(DbConnection db, string gateway) =>
        db.Query<long>(
            "SELECT batch FROM payment_batch WHERE sent_at IS NULL AND gateway = @gateway ORDER BY batch",
            new { gateway }).AsList();

    /// <summary>Marks a batch as sent.</summary>
    /// <returns>Whether it was not before.</returns>
    internal static bool MarkSent(DbConnection db, long batch, Instant now) =>
        db.Execute(
            "UPDATE payment_batch SET sent_at = @now WHERE batch = @batch AND sent_at IS NULL",
                new { batch, now }) == 1;

    /// <summary>The payments of a gateway whose outcome nobody knows.</summary>
    internal static List<Payment> Unknown(DbConnection db, string gateway) =>
        db.Query<Payment>(
            $"""
            {Select} WHERE state = 'unknown' AND gateway = @gateway AND payment.batch = credit.batch ORDER BY credit_id
            """,
            new { gateway }).AsList();

    /// <summary>Stores an answer.</summary>
    /// <returns>Why it cannot be the answer to that batch; null when it is, whether it is new or was stored
    /// before.</returns>
    internal static string? Answer(
        DbConnection db, (long Number, string Name) batch, PaymentAnswer answer, Instant now, out bool isNew)
    {
        isNew = false;
        var status = answer.Accepted ? PaymentStatus.Accepted : PaymentStatus.Refused;
        var line = db.QuerySingleOrDefault<Line>(
            """
            SELECT amount_minor AS minor, currency, status, payment.reference
            FROM payment JOIN credit USING (credit_id) WHERE payment.batch = @batch AND credit_id = @CreditId
            """,
            new { batch = batch.Number, answer.CreditId });
        if (line is null) return $"credit {answer.CreditId} is not in {batch.Name}";
        var sent = new Money(line.Minor, line.Currency);
        if (answer.Amount is { } amount && amount != sent)
            return $"credit {answer.CreditId} was sent as {sent}, not {amount}";
        if (line.Status is not null)
        {
            return line.Status == status && line.Reference == answer.Reference
                ? null
                : $"credit {answer.CreditId} was answered before as {line.Status} {line.Reference}".TrimEnd();
        }
        isNew = db.Execute(
            """
            UPDATE payment SET status = @status, reference = @Reference, reason = @Reason, answered_at = @now
            WHERE batch = @batch AND credit_id = @CreditId AND status IS NULL
            """,
            new { batch = batch.Number, answer.CreditId, status, answer.Reference, answer.Reason, now }) == 1;
        MarkSent(db, batch.Number, now);
        return null;
    }

    private sealed record Line(long Minor, Currency Currency, PaymentStatus? Status, string? Reference);
}
