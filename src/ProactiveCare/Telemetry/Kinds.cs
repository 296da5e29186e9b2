using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>Parses one field that is not empty: the value to store, or <see cref="FieldError"/>.</summary>
internal delegate object? ReadField(ReadOnlySpan<byte> field, FieldParsers reading);

/// <summary>The error in a value, worded to follow the column's name.</summary>
internal sealed record FieldError(string Reason);

/// <summary>A column of a file.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Read">Parses its fields that are not empty.</param>
/// <param name="Required">Whether the file must have it and every row must fill it.</param>
/// <param name="Stored">The name in the table.</param>
internal sealed record Column(string Name, ReadField Read, bool Required, string Stored)
{
    /// <summary>Whether it holds any JSON value, not a scalar.</summary>
    public bool Json { get; init; }

    /// <summary>Whether a value that cannot be used is left out, and the row stored without it: it is needed to write
    /// to the customer, and not to owe them money.</summary>
    public bool Soft { get; init; }

    /// <summary>The column that may be given instead of a required one.</summary>
    public string? Instead { get; init; }

    /// <summary>Whether it is in no file: it holds what was left out of the others.</summary>
    public bool IsLeftOut { get; init; }
}

/// <summary>Stores the rows of one batch within its transaction.</summary>
internal interface IRowWriter : IDisposable
{
    /// <summary>Stores the good rows, counts all of them and reports the bad ones in the order of the file.</summary>
    void Write(IReadOnlyList<ParsedRow> rows, Tally tally);
}

/// <summary>Stores one row after the other.</summary>
internal abstract class RowByRow : IRowWriter
{
    public virtual void Write(IReadOnlyList<ParsedRow> rows, Tally tally)
    {
        foreach (var row in rows)
        {
            var receipt = row.Reason is null ? Write(row) : new Receipt(Reception.Refused, row.Reason);
            tally.Count(receipt, row.Line, row.Content);
        }
    }

    public abstract void Dispose();

    protected abstract Receipt Write(ParsedRow row);
}

/// <summary>A kind of file: its columns, its checks across fields, and its storage.</summary>
/// <param name="name">The name on the command line.</param>
/// <param name="table">The table.</param>
/// <param name="columns">The stored columns.</param>
/// <param name="others">Columns that are read and not stored: other columns are completed from them.</param>
internal sealed class Kind(
    string name, string table, IReadOnlyList<Column> columns, params IReadOnlyList<Column> others)
{
    public string Name { get; } = name;

    public string Table { get; } = table;

    /// <summary>The first column is the id.</summary>
    public IReadOnlyList<Column> Columns { get; } = columns;

    /// <summary>The columns of a file; the stored ones come first.</summary>
    public IReadOnlyList<Column> Inputs { get; } = [.. columns.Where(column => !column.IsLeftOut), .. others];

    /// <summary>Checks across the fields, and completes values that depend on others; returns the error.</summary>
    public Func<object?[], string?> Check { get; init; } = _ => null;

    /// <summary>Completes stored values from those that are not stored; returns the error.</summary>
    public Func<object?[], object?[], string?> Complete { get; init; } = (_, _) => null;

    /// <summary>Whether a stored row stays that of its customer.</summary>
    public bool KeepsCustomer => Numbered && Columns.Any(column => column.Name == "customer_id");

    /// <summary>Whether rows are telemetry: keyed by source and id, and numbered on arrival.</summary>
    public bool Numbered { get; init; }

    /// <summary>The writer of a batch of a given size, when the kind has rules of its own.</summary>
    public Func<DbConnection, ImportRequest, Instant, int, IRowWriter>? Writer { get; init; }

    public int Place(string column)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i].Name == column) return i;
        }
        throw new ArgumentException($"{Name} has no column {column}.", nameof(column));
    }
}

/// <summary>A parsed row; a bad one has a reason instead of values.</summary>
internal readonly record struct ParsedRow(
    long Line, object?[] Values, byte[] Hash, string? Reason, ReceivedRow Content);

/// <summary>The kinds of rows in CSV or NDJSON, by the format of incoming files.</summary>
internal static class Kinds
{
    /// <summary>The maximum excess of stalls over viewing, for clocks that round, in seconds.</summary>
    public const double StallTolerance = 1;

    private static readonly Kind Customers = new("customers", "customer",
    [
        Needed("customer_id", FieldParsers.Id), Soft("email", FieldParsers.Email), Soft("name", FieldParsers.Text),
        Soft("locale", FieldParsers.Locale), Soft("time_zone", FieldParsers.TimeZone),
            Needed("status", FieldParsers.Status),
        Maybe("plan", FieldParsers.Text), Maybe("monthly_charge", FieldParsers.Amount, "monthly_charge_minor"),
        Maybe("currency", FieldParsers.CurrencyCode), Maybe("jurisdiction", FieldParsers.Text), LeftOut,
    ])
    {
        Check = values => Amount(values, 7, 8, "monthly_charge"),
    };

    private static readonly Kind Premises = new("premises", "premises",
    [
        Needed("premises_id", FieldParsers.Id), Needed("customer_id", FieldParsers.Id),
            Maybe("latitude", FieldParsers.Latitude),
        Maybe("longitude", FieldParsers.Longitude), Maybe("county_fips", FieldParsers.CountyFips),
        Maybe("forecast_zone", FieldParsers.ForecastZone), Soft("time_zone", FieldParsers.TimeZone),
        Maybe("priority", FieldParsers.Text),
        Maybe("label", FieldParsers.Text), LeftOut,
    ])
    {
        Check = values =>
            values[2] is null == values[3] is null ? null : "latitude and longitude must both be given, or neither",
    };

    private static readonly Kind PurchaseKind = new("purchases", "purchase",
    [
        Needed("purchase_id", FieldParsers.Id), Needed("customer_id", FieldParsers.Id),
            Needed("kind", FieldParsers.Text),
        Needed("title", FieldParsers.Text), Needed("amount", FieldParsers.Amount, "amount_minor"),
        Maybe("tax", FieldParsers.Amount, "tax_minor"), Needed("currency", FieldParsers.CurrencyCode),
        Needed("purchased_at", FieldParsers.Moment), Maybe("payment_ref", FieldParsers.Text),
    ])
    {
        Check = values => Amount(values, 4, 6, "amount") ?? Amount(values, 5, 6, "tax"),
        Writer = (db, _, now, count) => BulkCopy.Serves(db) && count >= Staging.Fewest
            ? new CopiedPurchases(db, PurchaseKind!, now, Purchase)
            : new PurchaseRows(db, now, Purchase),
    };

    private static readonly Kind RefundKind = new("refunds", "refund",
    [
        Needed("refund_id", FieldParsers.Id), Needed("purchase_id", FieldParsers.Id),
            Needed("customer_id", FieldParsers.Id),
        Needed("amount", FieldParsers.Amount, "amount_minor"), Needed("currency", FieldParsers.CurrencyCode),
        Needed("refunded_at", FieldParsers.Moment), Needed("by", FieldParsers.Text, "given_by"),
        Maybe("reference", FieldParsers.Text), Maybe("status", FieldParsers.Text, "dispute"),
    ])
    {
        Check = values => Amount(values, 3, 4, "amount") ?? Dispute(values),
        Writer = (db, request, now, _) => new DecidedRows(
            row => Refunds.Receive(db, Refund(row), now, request.Refunded)),
    };

    private static readonly Kind Sessions = new("sessions", "session",
    [
        Needed("session_id", FieldParsers.Id), Needed("customer_id", FieldParsers.Id),
            Maybe("purchase_id", FieldParsers.Id),
        Needed("content_id", FieldParsers.Text), Needed("title", FieldParsers.Text),
            Needed("started_at", FieldParsers.Moment),
        Needed("ended_at", FieldParsers.Moment),
            Needed("watch_seconds", FieldParsers.Seconds) with { Instead = "play_seconds" },
        Needed("stall_seconds", FieldParsers.Seconds), Needed("stall_count", FieldParsers.Count),
        Maybe("longest_stall_seconds", FieldParsers.Seconds),
            Maybe("last_stall_seconds_before_end", FieldParsers.Seconds),
        Maybe("startup_seconds", FieldParsers.Seconds), Maybe("content_seconds", FieldParsers.Seconds),
            Maybe("avg_bitrate_kbps", FieldParsers.Kilobits),
        Maybe("required_kbps", FieldParsers.Kilobits), Maybe("throughput_kbps", FieldParsers.Kilobits),
        Needed("startup_failed", FieldParsers.Flag), Maybe("failure_cause", FieldParsers.Text),
            Maybe("cdn", FieldParsers.Text),
        Maybe("isp", FieldParsers.Text), Maybe("region", FieldParsers.Text), Maybe("device", FieldParsers.Text),
    ],
    Maybe("play_seconds", FieldParsers.Seconds))
    {
        Numbered = true,
        Complete = (values, others) => Watched(values, others[0]),
        Check = CheckSession,
    };

    private static readonly Kind Events = new("events", "event",
    [
        Needed("event_id", FieldParsers.Id), Needed("kind", FieldParsers.Text), Needed("customer_id", FieldParsers.Id),
        Needed("subject", FieldParsers.Text), Needed("occurred_at", FieldParsers.Moment),
        Needed("data", FieldParsers.Json) with { Json = true },
    ])
    {
        Numbered = true,
    };

    private static readonly Kind Contacts = new("contacts", "contact",
    [
        Needed("contact_id", FieldParsers.Id), Needed("customer_id", FieldParsers.Id),
            Needed("contacted_at", FieldParsers.Moment),
        Needed("topic", FieldParsers.Text),
    ])
    {
        Numbered = true,
    };

    public static readonly IReadOnlyList<Kind> All =
        [Customers, Premises, PurchaseKind, RefundKind, Sessions, Events, Contacts];

    private static Column Needed(string name, ReadField read, string? stored = null) =>
        new(name, read, true, stored ?? name);

    private static Column Maybe(string name, ReadField read, string? stored = null) =>
        new(name, read, false, stored ?? name);

    private static Column Soft(string name, ReadField read) => Maybe(name, read) with { Soft = true };

    private static Column LeftOut => Maybe("left_out", FieldParsers.Text) with { IsLeftOut = true };

    // An amount means nothing without its currency, so its text is parsed once both are known.
    private static string? Amount(object?[] values, int amount, int currency, string name)
    {
        if (values[amount] is not string text) return null;
        if (values[currency] is not string code) return $"{name} needs a currency";
        try
        {
            var money = Money.Parse(text, Currency.Of(code));
            values[amount] = money.Minor;
            return money.Minor < 0 ? $"{name} '{text}' is negative" : null;
        }
        catch (FormatException e)
        {
            return $"{name}: {e.Message}";
        }
    }

    private static string? Dispute(object?[] values)
    {
        var disputed = Refunds.IsDispute((string)values[6]!);
        var status = (values[8] as string)?.Trim().ToLowerInvariant();
        values[8] = disputed ? status ?? "open" : null;
        if (status is null) return null;
        if (!disputed) return "status is for a dispute, whose column by says dispute; leave it empty here";
        return Refunds.Disputes.Contains(status)
            ? null
            : $"status '{status}' is not open, won (the company keeps the money) or lost (the customer has it)";
    }

    // Some players count stalls apart from what was played.
    private static string? Watched(object?[] values, object? played)
    {
        if (played is not double play) return null;
        var watch = play + (double)values[8]!;
        if (values[7] is double given && Math.Abs(given - watch) > StallTolerance)
            return "watch_seconds is not play_seconds and stall_seconds together: give one of the two";
        if (watch > FieldParsers.LongestSeconds) return "play_seconds and stall_seconds are more than 30 days";
        values[7] ??= watch;
        return null;
    }

    private static string? CheckSession(object?[] values)
    {
        if ((long)values[6]! < (long)values[5]!) return "it ended before it started";
        if ((double)values[8]! > (double)values[7]! + StallTolerance)
            return "stall_seconds is more than watch_seconds, which includes the stalls";
        return values[10] is double longest && longest > (double)values[8]! + StallTolerance
            ? "longest_stall_seconds is more than stall_seconds, which is all stalls together"
            : null;
    }

    private static IncomingPurchase Purchase(ParsedRow row)
    {
        var v = row.Values;
        return new IncomingPurchase((string)v[0]!, (string)v[1]!, (string)v[2]!, (string)v[3]!, (long)v[4]!,
            (long?)v[5], (string)v[6]!, (long)v[7]!, (string?)v[8], row.Hash);
    }

    private static IncomingRefund Refund(ParsedRow row)
    {
        var v = row.Values;
        return new IncomingRefund((string)v[0]!, (string)v[1]!, (string)v[2]!, (long)v[3]!, (string)v[4]!, (long)v[5]!,
            (string)v[6]!, (string?)v[7], (string?)v[8], row.Hash);
    }
}
