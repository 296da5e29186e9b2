namespace ProactiveCare.Payments;

/// <summary>A payment requested from a gateway; the same at every attempt.</summary>
/// <param name="Batch">The batch of the payment; 0 where the entry is the payment.</param>
/// <param name="CreditId">The credit.</param>
/// <param name="Key">The idempotency key: a gateway pays a key at most once.</param>
/// <param name="PurchaseId">The purchase to refund; null for a credit to the account.</param>
/// <param name="PaymentRef">The company's reference of the original payment, if known.</param>
/// <param name="AmountMinor">In minor units.</param>
/// <param name="Currency">The currency.</param>
/// <param name="CustomerNumber">The customer's number in the books.</param>
public sealed record Payment(
    long Batch, CreditId CreditId, string Key, PurchaseId? PurchaseId, string? PaymentRef, long AmountMinor,
    Currency Currency, long CustomerNumber)
{
    /// <summary>The amount.</summary>
    public Money Amount => new(AmountMinor, Currency);
}

/// <summary>Payments that are sent together; numbered and stored before sending.</summary>
public sealed record PaymentBatch(long Number, IReadOnlyList<Payment> Payments);

/// <summary>The status of sending a batch.</summary>
public enum BatchStatus
{
    /// <summary>The gateway has all of it, and has answered or will.</summary>
    Taken,

    /// <summary>The gateway certainly has nothing of it; it is sent again.</summary>
    NotSent,

    /// <summary>It is unknown whether the gateway has it.</summary>
    Unknown,
}

/// <summary>The outcome of sending a batch.</summary>
/// <param name="Status">Whether the gateway has it.</param>
/// <param name="Why">A message for a person, unless it was taken.</param>
public sealed record BatchResult(BatchStatus Status, string? Why = null)
{
    /// <summary>The immediate answers.</summary>
    public IReadOnlyList<PaymentAnswer> Answers { get; init; } = [];
}

/// <summary>A gateway's answer about one payment.</summary>
/// <param name="Line">The line in the document, for messages; 0 outside a document.</param>
/// <param name="CreditId">The credit.</param>
/// <param name="Accepted">Paid, or refused.</param>
/// <param name="Reference">The gateway's own id of the payment.</param>
/// <param name="Reason">The reason of a refusal.</param>
/// <param name="Amount">The amount, when the gateway repeats it.</param>
public sealed record PaymentAnswer(
    int Line, CreditId CreditId, bool Accepted, string? Reference, string? Reason, Money? Amount = null);

/// <summary>Later answers in one document.</summary>
/// <param name="Batch">The batch that it answers.</param>
/// <param name="Answers">The readable lines.</param>
/// <param name="Acknowledge">Called when the answers are stored, with those that could not be used and why; the gateway
/// does not read the document again. Returns a problem that needs a person; null when there is none.</param>
public sealed record AnswerDocument(
    long Batch, IReadOnlyList<PaymentAnswer> Answers,
    Func<IReadOnlyList<(int Line, string Problem)>, string?> Acknowledge);

/// <summary>A way to pay. It has no database: <see cref="Settlement"/> selects and stores the payments, sends them, and
/// stores the answers. Every call may be repeated after a crash.</summary>
public interface IPaymentGateway
{
    /// <summary>The name in credits and books: lower-case letters, digits and hyphens.</summary>
    string Name { get; }

    /// <summary>The ledger account of its payments.</summary>
    string Account { get; }

    /// <summary>Its largest batch.</summary>
    int MostPerBatch { get; }

    /// <summary>The gateway's name of a batch, for messages.</summary>
    string NameOf(long batch);

    /// <summary>Whether the ledger entry alone is the payment: then <see cref="Send"/> has no outside effect and
    /// accepts all, so credits are settled in the transaction that selects them.</summary>
    bool PaysByPosting { get; }

    /// <summary>Sends a batch. A repeated call with the same batch has no further effect. An exception other than of
    /// files means that the outcome is unknown.</summary>
    /// <exception cref="IOException">The batch was not sent; it is sent again.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    BatchResult Send(PaymentBatch batch);

    /// <summary>
    /// Looks up a payment with an unknown outcome. A refusal must be final: the key is not paid later. Null while the
    /// gateway does not know it.
    /// </summary>
    PaymentAnswer? LookUp(Payment payment);

    /// <summary>Reads the answers that are not acknowledged yet; the first call of every step.</summary>
    /// <param name="troubled">Called with problems that need a person; the other documents are read.</param>
    IEnumerable<AnswerDocument> ReadAnswers(Action<string> troubled);
}

/// <summary>A gateway's decision about a payment.</summary>
public sealed class PaymentStatus : Code<PaymentStatus>
{
    /// <summary>Paid.</summary>
    public static readonly PaymentStatus Accepted = new("accepted");

    /// <summary>Refused permanently.</summary>
    public static readonly PaymentStatus Refused = new("refused");

    private PaymentStatus(string text) : base(text)
    {
    }
}

/// <summary>A batch that its gateway has not answered in full.</summary>
public sealed record UnansweredBatch(long Batch, string Gateway, Instant CreatedAt, long Payments);

/// <summary>The batches of gateways: stored before the first attempt, so every attempt sends the same.</summary>
public static class PaymentBatches
{
    /// <summary>Limits a statement about credits to those that may leave: their job's andon is not pulled, and no bank
    /// disputes their purchase.</summary>
    internal const string MayLeave =
        $"""
        credit.job_id NOT IN (SELECT job_id FROM job_stop WHERE kind = 'andon' AND ended_at IS NULL)
        AND {MoneyElsewhere.NotDisputed}
        """;

    private const string Select =
        """
        SELECT payment.batch, credit_id, key, purchase_id, payment_ref, amount_minor, currency, customer_number
        FROM payment JOIN credit USING (credit_id)
        """;

    /// <summary>Batches created before an instant that still lack answers, oldest first.</summary>
    public static IReadOnlyList<UnansweredBatch> Unanswered(DbConnection db, Instant createdBefore) =>
        [.. db.Query<UnansweredBatch>(
            """
            SELECT batch, gateway, created_at, COUNT(*) AS payments FROM payment JOIN payment_batch USING (batch)
            WHERE status IS NULL AND created_at < @createdBefore GROUP BY batch, gateway, created_at ORDER BY batch
            """,
            new { createdBefore })];

    /// <summary>The content of a batch, which never changes once it is stored.</summary>
    internal static PaymentBatch Get(DbConnection db, long batch) => new(
        batch,
        db.Query<Payment>($"{Select} WHERE payment.batch = @batch ORDER BY credit_id", new { batch }).AsList());

    /// <summary>Puts approved credits of a gateway into a batch, in one transaction.</summary>
    /// <returns>The number of credits; zero when there are none.</returns>
    internal static int Store(DbConnection db, IPaymentGateway gateway, Instant now)
    {
        if (!db.ExecuteScalar<bool>(
            $"SELECT EXISTS (SELECT 1 FROM credit WHERE state = 'approved' AND gateway = @Name AND {MayLeave})",
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
            WHERE state = 'approved' AND gateway = @Name AND {MayLeave}
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

    /// <summary>The payments due at a gateway that pays by posting; at most its largest batch.</summary>
    internal static PaymentBatch Due(DbConnection db, IPaymentGateway gateway, CreditId after) => new(
        0,
        db.Query<Payment>(
            $"""
            SELECT CAST(0 AS BIGINT) AS batch, credit_id, store_id || '-' || credit_id AS key, purchase_id,
              CAST(NULL AS TEXT) AS payment_ref, amount_minor, currency, customer_number
            FROM credit CROSS JOIN installation
            WHERE state = 'approved' AND gateway = @Name AND credit_id > @after AND {MayLeave}
            ORDER BY credit_id LIMIT @MostPerBatch
            """,
            new { gateway.Name, after, gateway.MostPerBatch }).AsList());

    internal static List<long> Unsent(DbConnection db, string gateway) =>
        db.Query<long>(
            "SELECT batch FROM payment_batch WHERE sent_at IS NULL AND gateway = @gateway ORDER BY batch",
            new { gateway }).AsList();

    /// <summary>Marks a batch as sent.</summary>
    /// <returns>Whether it was not marked before.</returns>
    internal static bool MarkSent(DbConnection db, long batch, Instant now) =>
        db.Execute(
            "UPDATE payment_batch SET sent_at = @now WHERE batch = @batch AND sent_at IS NULL",
                new { batch, now }) == 1;

    /// <summary>The payments of a gateway with an unknown outcome.</summary>
    internal static List<Payment> Unknown(DbConnection db, string gateway) =>
        db.Query<Payment>(
            $"""
            {Select} WHERE state = 'unknown' AND gateway = @gateway AND payment.batch = credit.batch ORDER BY credit_id
            """,
            new { gateway }).AsList();

    /// <summary>Stores an answer.</summary>
    /// <returns>The reason why it cannot be the answer to that batch; null when it is, new or already stored.</returns>
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
