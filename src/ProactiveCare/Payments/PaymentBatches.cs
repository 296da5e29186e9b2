using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>The batches of gateways: stored before the first attempt, so every attempt sends the same.</summary>
public static class PaymentBatches
{
    /// <summary>Limits a statement about credits to those that may leave: the andon of their job is not pulled, nobody
    /// has asked to undo them, and no bank disputes their purchase.</summary>
    internal const string MayLeave =
        $"""
        credit.job_id NOT IN (SELECT job_id FROM job_stop WHERE kind = 'andon' AND ended_at IS NULL)
        AND credit.credit_id NOT IN (SELECT credit_id FROM credit_undo WHERE outcome IS NULL)
        AND {MoneyElsewhere.NotDisputed}
        """;

    private const string Debits =
        """
        state = 'debiting' AND NOT EXISTS (
          SELECT 1 FROM payment WHERE payment.credit_id = credit.credit_id AND debit = 1 AND status IS NULL)
        """;

    private const string Select =
        """
        SELECT payment.batch, credit_id, key, purchase_id, payment_ref, amount_minor, currency, customer_id,
          customer_number, debit AS is_debit
        FROM payment JOIN credit USING (credit_id)
        """;

    /// <summary>The time in which billing should answer.</summary>
    public static readonly Duration AnswerWithin = Duration.FromDays(1);

    /// <summary>Batches created before an instant that still lack answers, oldest first.</summary>
    public static IReadOnlyList<UnansweredBatch> Unanswered(DbConnection db, Instant createdBefore) =>
        [.. db.Query<UnansweredBatch>(
            """
            SELECT batch, gateway, created_at, COUNT(*) AS payments FROM payment JOIN payment_batch USING (batch)
            WHERE status IS NULL AND created_at < @createdBefore GROUP BY batch, gateway, created_at ORDER BY batch
            """,
            new { createdBefore })];

    /// <summary>The highest number that a batch has, or had in an earlier epoch.</summary>
    internal static long Newest(DbConnection db) => Math.Max(
        db.ExecuteScalar<long?>("SELECT MAX(batch) FROM payment_batch") ?? 0,
        Math.Max(
            db.ExecuteScalar<long?>("SELECT MAX(batch) FROM payment_found") ?? 0,
            (Epoch.Join(Epoch.Load(db).Number, 1) ?? 1) - 1));

    /// <summary>The content of a batch, which never changes once it is stored.</summary>
    internal static PaymentBatch Get(DbConnection db, long batch) => new(
        batch,
        db.Query<Payment>($"{Select} WHERE payment.batch = @batch ORDER BY credit_id", new { batch }).AsList());

    /// <summary>The batches of a gateway that lack answers.</summary>
    internal static List<long> Open(DbConnection db, string gateway) =>
        db.Query<long>(
            """
            SELECT DISTINCT batch FROM payment JOIN payment_batch USING (batch)
            WHERE status IS NULL AND gateway = @gateway ORDER BY batch
            """,
            new { gateway }).AsList();

    /// <summary>Whether a batch lacks answers.</summary>
    internal static bool IsOpen(DbConnection db, long batch) => db.ExecuteScalar<bool>(
        "SELECT EXISTS (SELECT 1 FROM payment WHERE batch = @batch AND status IS NULL)", new { batch });

    /// <summary>Puts approved credits, or debits, of a gateway into a batch, in one transaction.</summary>
    /// <returns>The number of payments; zero when there are none.</returns>
    internal static int Store(DbConnection db, IPaymentGateway gateway, bool debit, Instant now)
    {
        if (!debit) FoundPayments.Adopt(db, gateway, now);
        var due = Due(debit);
        if (!db.ExecuteScalar<bool>(
            $"SELECT EXISTS (SELECT 1 FROM credit WHERE gateway = @Name AND {due})", new { gateway.Name }))
            return 0;
        var batch = db.ExecuteScalar<long>(
            "INSERT INTO payment_batch (gateway, created_at) VALUES (@Name, @now) RETURNING batch",
            new { gateway.Name, now });
        var payments = db.Execute(
            $"""
            INSERT INTO payment (batch, credit_id, key, payment_ref, debit)
            SELECT @batch, credit_id, store_id || epoch_tag || '-' || credit_id || '-' || @batch,
              (SELECT payment_ref FROM purchase WHERE purchase.purchase_id = credit.purchase_id), @debit
            FROM credit CROSS JOIN installation WHERE gateway = @Name AND {due}
            ORDER BY credit_id LIMIT @MostPerBatch
            """,
            new { batch, gateway.Name, gateway.MostPerBatch, debit });
        if (debit) return payments;
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

    /// <summary>The credits, or debits, due at a gateway that pays by posting; at most its largest batch.</summary>
    internal static List<CreditId> ToPost(DbConnection db, IPaymentGateway gateway, bool debit, CreditId after) =>
        db.Query<CreditId>(
            $"""
            SELECT credit_id FROM credit WHERE gateway = @Name AND credit_id > @after AND {Due(debit)}
            ORDER BY credit_id LIMIT @MostPerBatch
            """,
            new { gateway.Name, after, gateway.MostPerBatch }).AsList();

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
        DbConnection db, (long Number, string Name) batch, PaymentAnswer answer, Instant now, out Answered answered)
    {
        answered = Answered.Before;
        var status = answer.Accepted ? PaymentStatus.Accepted : PaymentStatus.Refused;
        var line = db.QuerySingleOrDefault<Line>(
            """
            SELECT amount_minor AS minor, currency, status, payment.reference, key, debit
            FROM payment JOIN credit USING (credit_id) WHERE payment.batch = @batch AND credit_id = @CreditId
            """,
            new { batch = batch.Number, answer.CreditId });
        if (line is null && FoundPayments.Waits(db, batch.Number, answer.CreditId)) return null;
        if (line is null) return $"credit {answer.CreditId} is not in {batch.Name}";
        var sent = new Money(line.Minor, line.Currency);
        if (answer.Amount is { } amount && amount != sent)
            return $"credit {answer.CreditId} was sent as {sent}, not {amount}";
        if (answer.Key is { } key && key != line.Key)
            return $"credit {answer.CreditId} was sent with the key {line.Key}, not {HarmlessText.Shown(key)}";
        if (line.Status is not null)
        {
            // An answer by hand may have come without billing's reference.
            return line.Status == status
                && (line.Reference ?? answer.Reference) == (answer.Reference ?? line.Reference)
                ? null
                : $"credit {answer.CreditId} was answered before as {line.Status} {line.Reference}".TrimEnd();
        }
        var isNew = db.Execute(
            """
            UPDATE payment SET status = @status, reference = @Reference, reason = @Reason, answered_at = @now
            WHERE batch = @batch AND credit_id = @CreditId AND status IS NULL
            """,
            new { batch = batch.Number, answer.CreditId, status, answer.Reference, answer.Reason, now }) == 1;
        if (isNew) answered = line.Debit ? Answered.Debit : Answered.Payment;
        MarkSent(db, batch.Number, now);
        return null;
    }

    /// <summary>Adds billing's own name of a paid payment, which an answer by hand may have come without.</summary>
    internal static void Name(DbConnection db, long batch, PaymentAnswer answer)
    {
        if (answer is not { Accepted: true, Reference: not null }) return;
        db.Execute(
            """
            UPDATE payment SET reference = @Reference
            WHERE batch = @batch AND credit_id = @CreditId AND reference IS NULL;
            UPDATE credit SET reference = @Reference
            WHERE batch = @batch AND credit_id = @CreditId AND state = 'settled' AND reference IS NULL
            """,
            new { answer.Reference, batch, answer.CreditId });
    }

    private static string Due(bool debit) => debit ? Debits : $"state = 'approved' AND {MayLeave}";

    private sealed record Line(
        long Minor, Currency Currency, PaymentStatus? Status, string? Reference, string Key, bool Debit);
}

/// <summary>The line of a batch that an answer is about.</summary>
internal enum Answered
{
    /// <summary>Something that was answered before.</summary>
    Before,

    /// <summary>A payment to a customer.</summary>
    Payment,

    /// <summary>The return of an account credit.</summary>
    Debit,
}
