using System.Data.Common;
using System.Globalization;
using Dapper;
using NodaTime;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Payments.Gateways.RefundFile;

/// <summary>A refund file that billing has not answered in full.</summary>
public sealed record UnansweredRefundFile(long Batch, Instant CreatedAt, long Lines)
{
    /// <summary>The file's name in <c>refunds/out</c>.</summary>
    public string Name => RefundFiles.Name(Batch);
}

/// <summary>
/// Numbered refund files: numbered and filled in the database first, then written from there, the same at every
/// attempt.
/// </summary>
public static class RefundFiles
{
    /// <summary>Files numbered before an instant that still miss answers, oldest first.</summary>
    public static IReadOnlyList<UnansweredRefundFile> Unanswered(DbConnection db, Instant createdBefore) =>
        [.. db.Query<UnansweredRefundFile>(
            """
            SELECT batch, created_at, COUNT(*) AS lines FROM refund_line JOIN refund_file USING (batch)
            WHERE status IS NULL AND created_at < @createdBefore GROUP BY batch, created_at ORDER BY batch
            """,
            new { createdBefore })];

    internal static string Name(long batch) => $"refunds-{batch.ToString("000000", CultureInfo.InvariantCulture)}.csv";

    internal static string AnswerName(long batch) =>
        $"refunds-{batch.ToString("000000", CultureInfo.InvariantCulture)}.ack.csv";

    /// <summary>The number in the name of an answer file; null when it is no such name.</summary>
    internal static long? BatchOf(string answerName) =>
        answerName.StartsWith("refunds-", StringComparison.Ordinal)
        && long.TryParse(
            answerName.AsSpan(8).TrimEnd(".ack.csv"), NumberStyles.None, CultureInfo.InvariantCulture, out var batch)
        && answerName == AnswerName(batch)
            ? batch
            : null;

    /// <summary>Gives approved refunds a file number, in one transaction. Zero when there are none.</summary>
    internal static int Number(DbConnection db, string gateway, int maxLines, Instant now)
    {
        if (!db.ExecuteScalar<bool>(
            $"SELECT EXISTS (SELECT 1 FROM credit WHERE state = 'approved' AND kind = 'refund' AND "
                + $"{PaymentStops.Flows})"))
            return 0;
        var batch = db.ExecuteScalar<long>(
            "INSERT INTO refund_file (created_at) VALUES (@now) RETURNING batch", new { now });
        var lines = db.Execute(
            $"""
            INSERT INTO refund_line (batch, credit_id, key, payment_ref)
            SELECT @batch, credit_id, store_id || '-' || credit_id || '-' || @batch, payment_ref
            FROM credit CROSS JOIN installation LEFT JOIN purchase USING (purchase_id)
            WHERE state = 'approved' AND credit.kind = 'refund' AND credit.{PaymentStops.Flows}
            ORDER BY credit_id LIMIT @maxLines
            """,
            new { batch, maxLines });
        var moved = db.Execute(
            """
            UPDATE credit SET state = 'settling', settling_at = @now, gateway = @gateway, batch = @batch
            WHERE state = 'approved' AND credit_id IN (SELECT credit_id FROM refund_line WHERE batch = @batch)
            """,
            new { now, gateway, batch });
        return moved == lines
            ? lines
            : throw new PaymentException(
                $"Refund file {batch} would hold {lines} lines for {moved} credits; nothing was sent.");
    }

    internal static List<long> Unwritten(DbConnection db) =>
        db.Query<long>("SELECT batch FROM refund_file WHERE written_at IS NULL ORDER BY batch").AsList();

    internal static void MarkWritten(DbConnection db, long batch, Instant now) =>
        db.Execute(
            "UPDATE refund_file SET written_at = @now WHERE batch = @batch AND written_at IS NULL", new { batch, now });

    /// <summary>What a file says; nothing in it changes once it is numbered.</summary>
    internal static byte[] Content(DbConnection db, long batch)
    {
        using var content = new MemoryStream();
        using (var csv = new CsvWriter(content))
        {
            csv.Row(
                "credit_id", "purchase_id", "payment_ref", "amount", "currency", "customer_number", "idempotency_key");
            foreach (var line in db.Query<Line>(
                """
                SELECT credit_id, purchase_id, payment_ref, amount_minor AS minor, currency, customer_number, key
                FROM refund_line JOIN credit USING (credit_id) WHERE refund_line.batch = @batch ORDER BY credit_id
                """,
                new { batch }))
            {
                csv.Row(
                    line.CreditId.ToString(), line.PurchaseId.ToString(), line.PaymentRef ?? "",
                    new Money(line.Minor, line.Currency).Decimal, line.Currency.Code,
                    line.CustomerNumber.ToString(CultureInfo.InvariantCulture), line.Key);
            }
        }
        return content.ToArray();
    }

    private sealed record Line(
        CreditId CreditId, PurchaseId PurchaseId, string? PaymentRef, long Minor, Currency Currency,
        long CustomerNumber, string Key);
}
