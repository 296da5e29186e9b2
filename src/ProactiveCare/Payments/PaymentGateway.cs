using System.Data.Common;
using Dapper;
using NodaTime;

namespace ProactiveCare.Payments;

/// <summary>A payment that a gateway is asked for; the same at every attempt.</summary>
/// <param name="Batch">The batch that it is sent in; 0 where posting is paying.</param>
/// <param name="CreditId">The credit.</param>
/// <param name="Key">The idempotency key: a gateway pays a key at most once.</param>
/// <param name="PurchaseId">The purchase to refund; null for a credit to the account.</param>
/// <param name="PaymentRef">The company's reference of the original payment, when it is known.</param>
/// <param name="AmountMinor">In minor units.</param>
/// <param name="Currency">The currency.</param>
/// <param name="CustomerNumber">The number that stands for the customer in the books.</param>
public sealed record Payment(
    long Batch, CreditId CreditId, string Key, PurchaseId? PurchaseId, string? PaymentRef, long AmountMinor,
    Currency Currency, long CustomerNumber)
{
    /// <summary>The amount.</summary>
    public Money Amount => new(AmountMinor, Currency);
}

/// <summary>Payments that are sent together, numbered and stored before they are.</summary>
public sealed record PaymentBatch(long Number, IReadOnlyList<Payment> Payments);

/// <summary>The outcome of an attempt to send a batch.</summary>
public enum BatchStatus
{
    /// <summary>The gateway has all of it, and has answered or answers later.</summary>
    Taken,

    /// <summary>The gateway certainly has nothing of it; it is sent again.</summary>
    NotSent,

    /// <summary>Nobody knows whether the gateway has it.</summary>
    Unknown,
}

/// <summary>The outcome of sending a batch.</summary>
/// <param name="Status">Whether the gateway has it.</param>
/// <param name="Why">The reason for a person to read, unless it was taken.</param>
public sealed record BatchResult(BatchStatus Status, string? Why = null)
{
    /// <summary>The answers that came at once.</summary>
    public IReadOnlyList<PaymentAnswer> Answers { get; init; } = [];
}

/// <summary>A gateway's answer to one payment.</summary>
/// <param name="Line">The line of the document that says it, for messages; 0 outside a document.</param>
/// <param name="CreditId">The credit.</param>
/// <param name="Accepted">Paid, or refused.</param>
/// <param name="Reference">The gateway's own name for the payment.</param>
/// <param name="Reason">Why it was refused.</param>
/// <param name="Amount">The amount, when the gateway repeats it.</param>
public sealed record PaymentAnswer(
    int Line, CreditId CreditId, bool Accepted, string? Reference, string? Reason, Money? Amount = null);

/// <summary>Answers that came later, in one document.</summary>
/// <param name="Batch">The batch that it answers.</param>
/// <param name="Answers">The lines that can be read.</param>
/// <param name="Acknowledge">
/// Called when the answers are stored, with those that could not be used and why; the gateway does not read the
/// document again. Returns what a person should look at; null when there is nothing.
/// </param>
public sealed record AnswerDocument(
    long Batch, IReadOnlyList<PaymentAnswer> Answers,
    Func<IReadOnlyList<(int Line, string Problem)>, string?> Acknowledge);

/// <summary>
/// A way to pay. It has no database: <see cref="Settlement"/> selects and stores what is to be paid, sends it, and
/// stores the answers. Every call may be repeated after a crash.
/// </summary>
public interface IPaymentGateway
{
    /// <summary>The name in credits and books: lower-case letters, digits and hyphens.</summary>
    string Name { get; }

    /// <summary>The account of the ledger that its payments come from.</summary>
    string Account { get; }

    /// <summary>The largest batch that it takes.</summary>
    int MostPerBatch { get; }

    /// <summary>The gateway's name of a batch, for messages.</summary>
    string NameOf(long batch);

    /// <summary>
    /// Whether a payment is made by its entry in the ledger alone: then <see cref="Send"/> does nothing outside and
    /// accepts all, so credits are settled in the transaction that selects them.
    /// </summary>
    bool PaysByPosting { get; }

    /// <summary>
    /// Hands over a batch. May be called again with the same batch, which has the same effect as once. An exception
    /// other than of files means that the outcome is unknown.
    /// </summary>
    /// <exception cref="IOException">The batch is not handed over; it is sent again.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    BatchResult Send(PaymentBatch batch);

    /// <summary>
    /// Looks up a payment with an unknown outcome. A refusal must be final: the key is not paid later. Null while the
    /// gateway does not know it.
    /// </summary>
    PaymentAnswer? LookUp(Payment payment);

    /// <summary>Reads the answers that came since and are not acknowledged; the first call of every step.</summary>
    /// <param name="troubled">Called with what a person should look at; the other documents are read.</param>
    IEnumerable<AnswerDocument> ReadAnswers(Action<string> troubled);
}

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
