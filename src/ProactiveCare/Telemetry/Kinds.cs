using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>The kinds of rows that come as CSV or NDJSON, as the format of incoming files has them.</summary>
internal static class Kinds
{
    /// <summary>How much longer than the viewing the stalls may be, for clocks that round, in seconds.</summary>
    public const double StallTolerance = 1;

    private static readonly Kind Customers = new("customers", "customer",
    [
        Needed("customer_id", Reading.Id), Needed("email", Reading.Email), Needed("name", Reading.Text),
        Needed("locale", Reading.Locale), Maybe("time_zone", Reading.TimeZone), Needed("status", Reading.Text),
        Maybe("plan", Reading.Text), Maybe("monthly_charge", Reading.Amount, "monthly_charge_minor"),
        Maybe("currency", Reading.CurrencyCode), Maybe("jurisdiction", Reading.Text),
    ])
    {
        Check = values => Amount(values, 7, 8, "monthly_charge"),
    };

    private static readonly Kind Premises = new("premises", "premises",
    [
        Needed("premises_id", Reading.Id), Needed("customer_id", Reading.Id), Maybe("latitude", Reading.Latitude),
        Maybe("longitude", Reading.Longitude), Maybe("county_fips", Reading.CountyFips),
        Maybe("forecast_zone", Reading.ForecastZone), Maybe("time_zone", Reading.TimeZone),
        Maybe("priority", Reading.Text),
        Maybe("label", Reading.Text),
    ])
    {
        Check = values =>
            values[2] is null == values[3] is null ? null : "latitude and longitude must both be given, or neither",
    };

    private static readonly Kind PurchaseKind = new("purchases", "purchase",
    [
        Needed("purchase_id", Reading.Id), Needed("customer_id", Reading.Id), Needed("kind", Reading.Text),
        Needed("title", Reading.Text), Needed("amount", Reading.Amount, "amount_minor"),
        Maybe("tax", Reading.Amount, "tax_minor"), Needed("currency", Reading.CurrencyCode),
        Needed("purchased_at", Reading.Moment), Maybe("payment_ref", Reading.Text),
    ])
    {
        Check = values => Amount(values, 4, 6, "amount") ?? Amount(values, 5, 6, "tax"),
        Writer = (db, now, count) => PostgresCopy.Serves(db) && count >= Staging.Fewest
            ? new CopiedPurchases(db, PurchaseKind!, now, Purchase)
            : new PurchaseRows(db, now, Purchase),
    };

    private static readonly Kind RefundKind = new("refunds", "refund",
    [
        Needed("refund_id", Reading.Id), Needed("purchase_id", Reading.Id), Needed("customer_id", Reading.Id),
        Needed("amount", Reading.Amount, "amount_minor"), Needed("currency", Reading.CurrencyCode),
        Needed("refunded_at", Reading.Moment), Needed("by", Reading.Text, "given_by"),
    ])
    {
        Check = values => Amount(values, 3, 4, "amount"),
        Writer = (db, now, _) => new DecidedRows(row => Refunds.Receive(db, Refund(row), now)),
    };

    private static readonly Kind Sessions = new("sessions", "session",
    [
        Needed("session_id", Reading.Id), Needed("customer_id", Reading.Id), Maybe("purchase_id", Reading.Id),
        Needed("content_id", Reading.Text), Needed("title", Reading.Text), Needed("started_at", Reading.Moment),
        Needed("ended_at", Reading.Moment), Needed("watch_seconds", Reading.Seconds),
        Needed("stall_seconds", Reading.Seconds), Needed("stall_count", Reading.Count),
        Maybe("longest_stall_seconds", Reading.Seconds), Maybe("last_stall_seconds_before_end", Reading.Seconds),
        Maybe("startup_seconds", Reading.Seconds), Maybe("avg_bitrate_kbps", Reading.Kilobits),
        Maybe("required_kbps", Reading.Kilobits), Maybe("throughput_kbps", Reading.Kilobits),
        Needed("startup_failed", Reading.Flag), Maybe("failure_cause", Reading.Text), Maybe("cdn", Reading.Text),
        Maybe("isp", Reading.Text), Maybe("region", Reading.Text), Maybe("device", Reading.Text),
    ])
    {
        Numbered = true,
        Check = CheckSession,
    };

    private static readonly Kind Events = new("events", "event",
    [
        Needed("event_id", Reading.Id), Needed("kind", Reading.Text), Needed("customer_id", Reading.Id),
        Needed("subject", Reading.Text), Needed("occurred_at", Reading.Moment),
        Needed("data", Reading.Json) with { Json = true },
    ])
    {
        Numbered = true,
    };

    private static readonly Kind Contacts = new("contacts", "contact",
    [
        Needed("contact_id", Reading.Id), Needed("customer_id", Reading.Id), Needed("contacted_at", Reading.Moment),
        Needed("topic", Reading.Text),
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

    // An amount means nothing without its currency, so its text is read once both are there.
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
            (string)v[6]!, row.Hash);
    }
}
