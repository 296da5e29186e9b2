using System.Collections.Frozen;

namespace ProactiveCare.Jobs.Reading;

/// <summary>The keys of <c>examples.yaml</c>; its rows have the columns of the import files.</summary>
internal static class ExampleKeys
{
    /// <summary>What every finding that is expected names.</summary>
    public static readonly string[] OfEveryFinding = ["customer_id"];

    // A question mark is on a column that may be absent.
    private static readonly Dictionary<string, string> Columns = new(StringComparer.Ordinal)
    {
        ["customers"] = "customer_id email name locale time_zone? status plan? monthly_charge? currency? jurisdiction?",
        ["premises"] =
            "premises_id customer_id latitude? longitude? county_fips? forecast_zone? time_zone? priority? label?",
        ["purchases"] = "purchase_id customer_id kind title amount tax? currency purchased_at payment_ref?",
        ["refunds"] = "refund_id purchase_id customer_id amount currency refunded_at by",
        ["sessions"] =
            "session_id customer_id purchase_id? content_id title started_at ended_at watch_seconds stall_seconds "
            + "stall_count longest_stall_seconds? last_stall_seconds_before_end? startup_seconds? avg_bitrate_kbps? "
            + "required_kbps? throughput_kbps? startup_failed failure_cause? cdn? isp? region? device?",
        ["events"] = "event_id kind customer_id subject occurred_at data",
        ["contacts"] = "contact_id customer_id contacted_at topic",
    };

    public static IEnumerable<string> RowKinds => Columns.Keys;

    public static KeyTable Table { get; } = new(
        Columns.Select(kind => KeyValuePair.Create(
                "examples.given." + kind.Key, kind.Value.Split(' ').Select(column => column.TrimEnd('?')).ToArray()))
            .Append(new("", ["examples"]))
            .Append(new("examples", ["name", "given", "at", "expect"]))
            .Append(new("examples.given", [.. Columns.Keys, "alerts"]))
            .Append(new("examples.expect", ["findings", "decisions"]))
            .Append(new("examples.expect.decisions", ["subject", "customer_id", "outcome", "amount"]))
            .ToFrozenDictionary(StringComparer.Ordinal),
        FrozenDictionary<string, string[]>.Empty);

    public static IEnumerable<string> Required(string kind) =>
        Columns[kind].Split(' ').Where(column => !column.EndsWith('?'));
}
