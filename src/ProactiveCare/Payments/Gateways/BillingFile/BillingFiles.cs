using ProactiveCare.Ledger;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Payments.Gateways.BillingFile;

/// <summary>A kind of numbered files for billing: their names and their content.</summary>
public sealed class BillingFiles
{
    /// <summary>Refunds to the original payment.</summary>
    public static readonly BillingFiles Refunds = new(
        "refunds-", CreditKind.Refund.Gateway,
        [
            ("credit_id", payment => payment.CreditId.ToString()),
            ("purchase_id", payment => payment.PurchaseId.ToString() ?? ""),
            ("payment_ref", payment => payment.PaymentRef ?? ""), .. Common,
        ])
    {
        Account = ProactiveCare.Ledger.Account.Gateway(CreditKind.Refund.Gateway),
    };

    /// <summary>Credits to customers' accounts, and debits that take one back.</summary>
    public static readonly BillingFiles AccountCredits = new(
        "credits-", CreditKind.AccountCredit.Gateway,
        [
            ("credit_id", payment => payment.CreditId.ToString()),
            ("kind", payment => payment.IsDebit ? "debit" : "credit"), .. Common,
        ])
    {
        Account = ProactiveCare.Ledger.Account.Billing,
    };

    private readonly string prefix;
    private readonly (string Name, Func<Payment, string> Cell)[] columns;

    private BillingFiles(string prefix, string gateway, (string Name, Func<Payment, string> Cell)[] columns) =>
        (this.prefix, Gateway, this.columns) = (prefix, gateway, columns);

    /// <summary>The columns of all kinds; an answer may repeat them.</summary>
    internal static IEnumerable<string> Columns =>
        Refunds.columns.Concat(AccountCredits.columns).Select(column => column.Name).Distinct();

    /// <summary>The name of the gateway that writes them.</summary>
    public string Gateway { get; }

    /// <summary>The ledger account of their payments.</summary>
    public required string Account { get; init; }

    private static (string Name, Func<Payment, string> Cell)[] Common =>
    [
        ("amount", payment => payment.Amount.Decimal), ("currency", payment => payment.Currency.Code),
        ("customer_number", payment => payment.CustomerNumber.ToString(CultureInfo.InvariantCulture)),
        ("idempotency_key", payment => payment.Key), ("customer_id", payment => payment.CustomerId.Value),
    ];

    /// <summary>The files of a gateway.</summary>
    public static BillingFiles Of(string gateway) =>
        gateway == AccountCredits.Gateway ? AccountCredits : Refunds;

    /// <summary>The name of a batch's file in <c>out</c>.</summary>
    public string Name(long batch) => Stem(batch) + ".csv";

    internal string AnswerName(long batch) => Stem(batch) + ".ack.csv";

    /// <summary>The number in the name of an answer file, in any case; null when it is no such name. The name of one
    /// that lies in <c>done</c> may count on, as in <c>refunds-000001.ack.2.csv</c>.</summary>
    internal long? BatchOf(string answerName) =>
        answerName.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
        && answerName.IndexOf('.', StringComparison.Ordinal) is var dot
        && long.TryParse(
            answerName.AsSpan(prefix.Length, dot - prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture,
            out var batch)
        && answerName.StartsWith(Stem(batch) + ".ack.", StringComparison.OrdinalIgnoreCase)
            ? batch
            : null;

    /// <summary>Whether a file is one of another kind. Names of no kind are told by one of them.</summary>
    internal bool IsForeign(string name) => this == AccountCredits
        ? !name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
        : name.StartsWith(AccountCredits.prefix, StringComparison.OrdinalIgnoreCase);

    internal byte[] Content(IReadOnlyList<Payment> payments)
    {
        using var content = new MemoryStream();
        using (var csv = new CsvWriter(content))
        {
            csv.Row([.. columns.Select(column => column.Name)]);
            foreach (var payment in payments) csv.Row([.. columns.Select(column => column.Cell(payment))]);
        }
        return content.ToArray();
    }

    private string Stem(long batch) => prefix + batch.ToString("000000", CultureInfo.InvariantCulture);
}
