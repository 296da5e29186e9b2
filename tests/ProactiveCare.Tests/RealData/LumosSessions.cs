using System.Globalization;

namespace ProactiveCare.Tests.RealData;

/// <summary>
/// The Lumos playbacks as sessions, as tests/data/README.md describes: stalls are found by playing the recorded chunks
/// out of a buffer, since the recorded player state tells a low buffer and not a frozen picture.
/// </summary>
public static class LumosSessions
{
    private const long TargetBufferMs = 16_000;

    public static IReadOnlyList<RecordedSession> Read() =>
        [.. Directory.GetFiles(RecordedData.File("streaming-qoe", "lumos-playback"), "*.csv",
                SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(Session)];

    /// <summary>A stall, with the length of film that is still to be played when it is over.</summary>
    public sealed record Stall(long LengthMs, long FilmLeftMs);

    /// <summary>The stalls of a playback whose chunks, each of <paramref name="chunkMs"/>, took these times.</summary>
    public static IReadOnlyList<Stall> Play(IReadOnlyList<long> deliveryMs, long chunkMs)
    {
        var stalls = new List<Stall>();
        var bufferedMs = chunkMs;
        for (var chunk = 1; chunk < deliveryMs.Count; chunk++)
        {
            bufferedMs = Math.Min(bufferedMs, TargetBufferMs - chunkMs);
            if (deliveryMs[chunk] > bufferedMs)
                stalls.Add(new Stall(deliveryMs[chunk] - bufferedMs, (deliveryMs.Count - chunk) * chunkMs));
            bufferedMs = Math.Max(0, bufferedMs - deliveryMs[chunk]) + chunkMs;
        }
        return stalls;
    }

    private static RecordedSession Session(string file)
    {
        // 210312_1115-50Mbps-4g-strong-ed_2s-BBA: start, line, network, signal, film and chunk length, algorithm
        var name = Path.GetFileNameWithoutExtension(file);
        var parts = name.Split('-');
        var film = parts[4].Split('_');
        var chunkMs = 1000 * long.Parse(film[1].TrimEnd('s'), CultureInfo.InvariantCulture);
        var rows = RecordedData.Rows(file).ToList();
        var headerMs = Milliseconds(rows[0]["delivery_time"]);
        var chunks = rows.Skip(1).ToList();
        var deliveryMs = chunks.ConvertAll(row => Milliseconds(row["delivery_time"]));
        var stalls = Play(deliveryMs, chunkMs);
        var stallMs = stalls.Sum(stall => stall.LengthMs);
        var startupMs = headerMs + deliveryMs[0];
        var watchMs = chunks.Count * chunkMs + stallMs;
        var start = DateTimeOffset.ParseExact(parts[0], "yyMMdd_HHmm", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal);
        var bitrate = Rounded(chunks.Average(row => Number(row["bitrate"])));
        return new RecordedSession
        {
            Id = $"lumos-{name}",
            ContentId = film[0],
            Title = film[0] == "bbb" ? "Big Buck Bunny" : "Elephants Dream",
            StartedAt = start,
            EndedAt = start.AddMilliseconds(startupMs + watchMs),
            WatchSeconds = watchMs / 1000m,
            StallSeconds = stallMs / 1000m,
            StallCount = stalls.Count,
            LongestStallSeconds = stalls.Select(stall => stall.LengthMs).DefaultIfEmpty(0).Max() / 1000m,
            LastStallSecondsBeforeEnd = stalls.Count == 0 ? null : stalls[^1].FilmLeftMs / 1000m,
            StartupSeconds = startupMs / 1000m,
            AvgBitrateKbps = bitrate,
            RequiredKbps = bitrate,
            ThroughputKbps = Rounded(chunks.Sum(row => Number(row["chunk_size"])) * 1000 / deliveryMs.Sum()),
        };
    }

    private static long Milliseconds(string seconds) => (long)Rounded(Number(seconds) * 1000);

    private static decimal Rounded(decimal value) => Math.Round(value, MidpointRounding.AwayFromZero);

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
