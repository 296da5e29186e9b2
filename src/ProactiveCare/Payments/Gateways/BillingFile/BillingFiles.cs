using ProactiveCare.Ledger;
using ProactiveCare.Storage;
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
        NumberIn(answerName) is { } batch
        && answerName.StartsWith(Stem(batch) + ".ack.", StringComparison.OrdinalIgnoreCase)
            ? batch
            : null;

    /// <summary>The number of the batch that a name of a file or an answer has; null when it has none.</summary>
    internal long? NumberIn(string name)
    {
        if (!name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return null;
        var stem = name[prefix.Length..].Split('.')[0];
        var (epoch, number) = (0L, stem);
        if (stem.StartsWith('r') || stem.StartsWith('R'))
        {
            if (stem.Split('-') is not [var of, var after]) return null;
            if (!long.TryParse(of.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out epoch)) return null;
            number = after;
        }
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
            && Epoch.Join(epoch, parsed) is { } batch
            && name.StartsWith(Stem(batch) + ".", StringComparison.OrdinalIgnoreCase)
                ? batch
                : null;
    }

    /// <summary>The payments in a file; lines that are none are skipped.</summary>
    internal IEnumerable<FoundPayment> Read(long batch, byte[] content)
    {
        var lines = new LineReader(new MemoryStream(content));
        if (content.AsSpan().StartsWith("\uFEFF"u8)) lines.Skip(3);
        var names = columns.Select(column => column.Name).ToList();
        var kind = new Kind(prefix, "", [.. names.Select(name => new Column(name, FieldParsers.Text, false, name))]);
        var rows = new CsvRows(lines, kind, (_, _) => null);
        while (rows.Read())
        {
            string Cell(string name) => names.IndexOf(name) is var at and >= 0 ? Encoding.UTF8.GetString(rows[at]) : "";
            if (rows.Reason is not null || Cell("idempotency_key").Length == 0 || Cell("kind") == "debit") continue;
            var currency = Currency.Of(Cell("currency"));
            yield return new FoundPayment(
                batch, new CreditId(long.Parse(Cell("credit_id"), CultureInfo.InvariantCulture)),
                Cell("idempotency_key"),
                Cell("purchase_id") is { Length: > 0 } purchase ? new PurchaseId(purchase) : null,
                new CustomerId(Cell("customer_id")), Money.Parse(Cell("amount"), currency).Minor, currency);
        }
    }

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

    private string Stem(long batch)
    {
        var (epoch, number) = Epoch.Split(batch);
        return prefix + Epoch.NameOf(epoch) + (epoch > 0 ? "-" : "")
            + number.ToString("000000", CultureInfo.InvariantCulture);
    }
}
