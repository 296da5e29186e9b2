using System.Globalization;

namespace ProactiveCare.Tests.RealData;

/// <summary>One recorded playback as one session of one customer with one rental, all under the same id.</summary>
public sealed record RecordedSession
{
    public required string Id { get; init; }
    public required string ContentId { get; init; }
    public required string Title { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset EndedAt { get; init; }
    public required decimal WatchSeconds { get; init; }
    public required decimal StallSeconds { get; init; }
    public required int StallCount { get; init; }
    public decimal? LongestStallSeconds { get; init; }
    public decimal? LastStallSecondsBeforeEnd { get; init; }
    public decimal? StartupSeconds { get; init; }
    public decimal? AvgBitrateKbps { get; init; }
    public decimal? RequiredKbps { get; init; }
    public decimal? ThroughputKbps { get; init; }

    /// <summary>Import files that hold these sessions with their customers and rentals.</summary>
    public static ImportFiles ToImportFiles(IReadOnlyCollection<RecordedSession> sessions) => new(
        RecordedData.Csv("customer_id,email,name,locale,time_zone,status",
            sessions.Select(s => new[] { s.Id, $"{s.Id}@example.com", $"Viewer {s.Id}", "en-US", "UTC", "active" })),
        RecordedData.Csv("purchase_id,customer_id,kind,title,amount,currency,purchased_at",
            sessions.Select(s => new[] { s.Id, s.Id, "rental", s.Title, "3.99", "USD", Instant(s.StartedAt) })),
        RecordedData.Csv("session_id,customer_id,purchase_id,content_id,title,started_at,ended_at,watch_seconds,"
            + "stall_seconds,stall_count,longest_stall_seconds,last_stall_seconds_before_end,startup_seconds,"
            + "avg_bitrate_kbps,required_kbps,throughput_kbps,startup_failed", sessions.Select(SessionRow)),
        Premises: "");

    private static string[] SessionRow(RecordedSession s) =>
    [
        s.Id, s.Id, s.Id, s.ContentId, s.Title, Instant(s.StartedAt), Instant(s.EndedAt), Number(s.WatchSeconds),
        Number(s.StallSeconds), Number(s.StallCount), Number(s.LongestStallSeconds),
        Number(s.LastStallSecondsBeforeEnd), Number(s.StartupSeconds), Number(s.AvgBitrateKbps),
        Number(s.RequiredKbps), Number(s.ThroughputKbps), "false",
    ];

    private static string Instant(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Number(decimal? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
