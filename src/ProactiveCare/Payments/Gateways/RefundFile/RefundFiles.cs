using System.Globalization;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Payments.Gateways.RefundFile;

/// <summary>The names and the content of refund files.</summary>
public static class RefundFiles
{
    /// <summary>The name of a batch's file in <c>out</c>.</summary>
    public static string Name(long batch) => $"refunds-{batch.ToString("000000", CultureInfo.InvariantCulture)}.csv";

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

    internal static byte[] Content(IReadOnlyList<Payment> payments)
    {
        using var content = new MemoryStream();
        using (var csv = new CsvWriter(content))
        {
            csv.Row(
                "credit_id", "purchase_id", "payment_ref", "amount", "currency", "customer_number", "idempotency_key");
            foreach (var payment in payments)
            {
                csv.Row(
                    payment.CreditId.ToString(), payment.PurchaseId.ToString() ?? "", payment.PaymentRef ?? "",
                    payment.Amount.Decimal, payment.Currency.Code,
                    payment.CustomerNumber.ToString(CultureInfo.InvariantCulture), payment.Key);
            }
        }
        return content.ToArray();
    }
}
