using System.Globalization;

namespace ProactiveCare.Tests.RealData;

/// <summary>The YouTube playbacks of 2015 as sessions, as tests/data/README.md describes.</summary>
public static class YouTubeSessions
{
    public static IReadOnlyList<RecordedSession> Read() =>
        [.. RecordedData.Rows(RecordedData.File("streaming-qoe", "youtube_playbacks_2015.csv")).Select(Session)];

    private static RecordedSession Session(Dictionary<string, string> row)
    {
        var start = Number(row["run_start"]);
        var length = Number(row["run_length"]);
        return new RecordedSession
        {
            Id = $"yt-{row["run_id"]}",
            ContentId = row["yt_id"],
            Title = row["yt_id"],
            StartedAt = AtMilliseconds(start * 1000),
            // Rounded up: a session is never shorter than what was watched in it.
            EndedAt = AtMilliseconds(Math.Ceiling((start + length) * 1000)),
            WatchSeconds = length,
            StallSeconds = Math.Max(0, Number(row["run_overlength"])),
            StallCount = int.Parse(row["pl_buffering_events"], CultureInfo.InvariantCulture),
            ThroughputKbps = Number(row["net_avg_shaping_rate"]) * 8 / 1000,
        };
    }

    private static DateTimeOffset AtMilliseconds(decimal milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds);

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
