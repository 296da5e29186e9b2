using NodaTime.Text;

namespace ProactiveCare.Ledger;

/// <summary>Exports the books entry by entry, whatever their size.</summary>
public static class LedgerExport
{
    /// <summary>The formats, as commands name them.</summary>
    public static readonly IReadOnlyList<string> Formats = ["hledger", "beancount", "csv", "json"];

    /// <summary>Writes every entry. Text is UTF-8 without a byte order mark; the stream stays open.</summary>
    /// <param name="db">One consistent snapshot.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="zone">The company's time zone, which decides the date of an entry.</param>
    /// <param name="output">The output.</param>
    /// <param name="names">Whether customers are named as the company knows them, beside their numbers.</param>
    /// <exception cref="FormatException">There is no such format.</exception>
    public static void Write(DbConnection db, string format, DateTimeZone zone, Stream output, bool names = false)
    {
        var dates = new BookDates(zone) { Customers = names ? BookText.Customers(db) : null };
        switch (format)
        {
            case "hledger":
                WriteText(output, text => HledgerFormat.Write(db, dates, text));
                break;
            case "beancount":
                WriteText(output, text => BeancountFormat.Write(db, dates, text));
                break;
            case "csv":
                CsvFormat.Write(db, dates, output);
                break;
            case "json":
                JsonFormat.Write(db, dates, output);
                break;
            default:
                throw new FormatException(
                    $"'{format}' is not a format of the ledger: choose from {string.Join(", ", Formats)}.");
        }
    }

    private static void WriteText(Stream output, Action<TextWriter> write)
    {
        using var text = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        write(text);
    }
}

/// <summary>The dates of instants in the company's books, and the names of customers where they are asked for.
/// </summary>
internal sealed class BookDates(DateTimeZone zone)
{
    /// <summary>The company's ids of customers by their accounts; null where they are not asked for.</summary>
    public IReadOnlyDictionary<string, string>? Customers { get; init; }

    /// <summary>The customer of an entry, as the company knows them; null where nobody asks, for an entry of none, and
    /// for one who was erased.</summary>
    public string? CustomerOf(PostedEntry entry) => Customers is null
        ? null
        : entry.Lines.Select(line => Customers.GetValueOrDefault(line.Account)).FirstOrDefault(id => id is not null);

    public string Zone => zone.Id;

    public string Of(Instant instant) => LocalDatePattern.Iso.Format(instant.InZone(zone).Date);
}

/// <summary>An account and when it was first posted to.</summary>
internal sealed record UsedAccount(string Account, Instant FirstPostedAt)
{
    public static IEnumerable<UsedAccount> All(DbConnection db) => db.Query<UsedAccount>(
        """
        SELECT account, MIN(posted_at) AS first_posted_at FROM posting JOIN entry USING (entry_id)
        GROUP BY account ORDER BY account
        """,
        buffered: false);
}

/// <summary>Parts that the formats share.</summary>
internal static class BookText
{
    public static IEnumerable<Currency> Currencies(DbConnection db) =>
        db.Query<Currency>("SELECT DISTINCT currency FROM posting ORDER BY currency");

    public static string Amount(PostedLine line) => new Money(line.Minor, Currency.Of(line.Currency)).ToString();

    /// <summary>The origin of an entry, for tracing it back into this program.</summary>
    public static IEnumerable<(string Name, string Value)> Origin(PostedEntry entry, BookDates dates)
    {
        if (dates.CustomerOf(entry) is { } customer) yield return ("customer", customer);
        yield return ("entry", entry.Id.ToString());
        if (entry.CaseId is { } caseId) yield return ("case", caseId.ToString());
        if (entry.CreditId is { } creditId) yield return ("credit", creditId.ToString());
        yield return ("by", entry.Actor);
        yield return ("posted", entry.PostedAt.Iso());
    }

    /// <summary>The customers' ids by their accounts.</summary>
    public static IReadOnlyDictionary<string, string> Customers(DbConnection db) =>
        db.Query<(long Number, string Id)>("SELECT customer_number, customer_id FROM customer")
            .ToDictionary(customer => Account.Customer(customer.Number), customer => customer.Id);

    /// <summary>Free text on one line, without characters that have a meaning in a format.</summary>
    public static string Plain(string text, string special) =>
        HarmlessText.Visible(string.Join(' ', text.Split(special.ToCharArray())), " ").Trim();

    public static string Capitalised(string part) =>
        part.Length == 0 ? part : char.ToUpper(part[0], CultureInfo.InvariantCulture) + part[1..];
}
