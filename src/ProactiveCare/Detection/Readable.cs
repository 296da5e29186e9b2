using ProactiveCare.Jobs;
using ProactiveCare.Storage;

namespace ProactiveCare.Detection;

/// <summary>What a job's SQL may read of the embedded store: telemetry, purchases and premises, without personal
/// data.</summary>
public static class Readable
{
    private static readonly Dictionary<string, IReadOnlySet<string>> Columns = new(StringComparer.OrdinalIgnoreCase)
    {
        ["session"] = Names(
            "arrival source session_id customer_id purchase_id content_id title started_at ended_at watch_seconds "
                + "stall_seconds "
            + "stall_count longest_stall_seconds last_stall_seconds_before_end startup_seconds avg_bitrate_kbps "
                + "required_kbps "
            + "throughput_kbps startup_failed failure_cause cdn isp region device received_at revision content_hash"),
        ["event"] = Names(
            "arrival source event_id kind customer_id subject occurred_at data received_at revision content_hash"),
        ["contact"] =
            Names("arrival source contact_id customer_id contacted_at topic received_at revision content_hash"),
        ["purchase"] =
            Names("purchase_id customer_id kind title amount_minor tax_minor currency purchased_at received_at"),
        ["premises"] = Names("premises_id customer_id county_fips forecast_zone time_zone priority received_at"),
    };

    /// <summary>The bounds of a detector's statement.</summary>
    public static Containment Of(SqlDetector detector) =>
        new(Columns, detector.RowCap, detector.Timeout) { Parameters = detector.Parameters };

    /// <summary>Makes what detection needs at the server of an installation; a file needs nothing.</summary>
    /// <exception cref="StorageException">An administrator of the server has to do something first; the message says
    /// what.</exception>
    public static void Prepare(DataFolder folder) => ContainedQuery.Prepare(folder, Columns);

    private static HashSet<string> Names(string names) => new(names.Split(' '), StringComparer.OrdinalIgnoreCase);
}
