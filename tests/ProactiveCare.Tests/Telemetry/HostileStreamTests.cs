using System.Text;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>Inputs that are too large or too unusual for a file of the corpus.</summary>
public sealed class HostileStreamTests : IDisposable
{
    private const int Mebibyte = 1 << 20;
    private const string Header = "contact_id,customer_id,contacted_at,topic\n";
    private const string Row = "a,c1,2026-03-14T10:00:00Z,t\n";

    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Theory]
    [InlineData("x", 3, 1)]
    [InlineData("\"", 3, 1)]
    [InlineData("\n", 2, 0)]
    [InlineData(",", 3, 1)]
    [InlineData("x,", 3, 1)]
    [InlineData("é", 3, 1)]
    public void Endless_line_is_quarantined_in_bounded_memory(string unit, int received, int quarantined)
    {
        const long Length = 64L * Mebibyte;
        using var stream = new EndlessStream(Header + Row, unit, Length, "\nb,c1,2026-03-14T10:00:00Z,t\n");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var batches = Batches(stream);
        var counts = Stored(batches);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((received, quarantined), counts);
        Assert.True(batches.BytesRead > Length);
        Assert.True(allocated < 16 * Mebibyte, $"{allocated >> 20} MiB were allocated for a stream of 64.");
    }

    [Fact]
    public void Endless_header_is_refused_before_its_end()
    {
        using var stream = new EndlessStream("", "x", long.MaxValue, "");
        Assert.Contains("longer than 1 MiB", Assert.Throws<ImportException>(() => Batches(stream)).Message);
        using var zeros = new EndlessStream("", "\0", long.MaxValue, "");
        Assert.Contains("NUL bytes", Assert.Throws<ImportException>(() => Batches(zeros)).Message);
        using var alerts = new EndlessStream("{\"features\":[", " ", long.MaxValue, "");
        Assert.Contains("larger than 64 MiB", Assert.Throws<ImportException>(
            () => here.Import("alerts", alerts)).Message);
    }

    [Fact]
    public void Batch_is_bounded_in_bytes_and_in_rows()
    {
        var row = "{\"event_id\":\"a\",\"data\":\"" + new string('x', Mebibyte - 100) + "\"}\n";
        using var stream = new EndlessStream("", row, 100L * row.Length, "");
        var batches = new RowBatches(
            stream, Request("events", "x.ndjson"), Kinds.All.Single(kind => kind.Name == "events"), here.Clock.Now());
        Assert.NotNull(batches.Next());
        Assert.InRange(batches.BytesRead, 15 * Mebibyte, 18 * Mebibyte);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    [InlineData("\\ud800")]
    public void Endless_nesting_invalidates_its_line_only(string unit)
    {
        const string Good = """
            {"event_id":"a","kind":"k","customer_id":"c","subject":"s","occurred_at":"2026-03-14T10:00:00Z","data":{}}
            """;
        var deep = Good.Replace("{}", string.Concat(Enumerable.Repeat(unit, 100_000)), StringComparison.Ordinal);
        var other = Good.Replace("\"a\"", "\"b\"", StringComparison.Ordinal);
        var result = here.Import("events", $"{Good}\n{deep}\n{other}");
        Assert.Equal("3 = 2 stored + 0 revised + 0 duplicate + 1 quarantined", result.Counts());
    }

    [Fact]
    public void Message_too_deep_too_large_or_too_tangled_is_quarantined_alone()
    {
        string Of(string id, string geometry) => $$"""
            {"type":"Feature","geometry":{{geometry}},"properties":{"id":"{{id}}","event":"e","status":"Actual",
            "messageType":"Alert","severity":"Severe","urgency":"Expected","certainty":"Likely",
            "sent":"2026-03-14T10:00:00Z"} }
            """;
        string Star(int points) => """{"type":"Polygon","coordinates":[[""" + string.Join(',', Enumerable
            .Range(0, points).Append(0).Select(i => $"[{i * 7919 % 90},{i * 104729L % 85}]")) + "]]}";
        string[] features =
        [
            Of("a", "null"), Of("deep", new string('[', 100_000) + new string(']', 100_000)),
            Of("large", $"\"{new string('x', 5 * Mebibyte)}\""), Of("tangle", Star(501)), Of("many", Star(60_000)),
            Of("crossed", Star(499)), Of("b", "null"),
        ];
        var result = here.Import("alerts", $$"""{"features":[{{string.Join(',', features)}}]}""");
        Assert.Equal("7 = 3 stored + 0 revised + 0 duplicate + 4 quarantined", result.Counts());
        Assert.Equal(
            [
                "it is nested too deep, or names something twice", "it is larger than 4 MiB",
                "its area crosses itself and has more than 500 points", "its area has more than 50000 points",
            ],
            result.FirstQuarantined.Select(line => line.Reason));
        Assert.NotNull(Polygons.Prepare(here.One<string>("SELECT polygon FROM alert WHERE alert_id = 'crossed'")));
    }

    [Fact]
    public void Broken_stream_leaves_whole_batches_that_are_counted()
    {
        const int Batch = ProactiveCare.Telemetry.Import.BatchRows;
        const int Count = Batch * 12 / 5;
        var rows = string.Concat(Enumerable.Range(0, Count).Select(i => $"{i},c1,2026-03-14T10:00:00Z,t\n"));
        using var stream = new BreakingStream(Encoding.UTF8.GetBytes(Header + rows));
        Assert.Throws<IOException>(() => here.Import("contacts", stream));
        Assert.Equal(here.One<long>("SELECT stored FROM import WHERE finished_at IS NULL"),
            here.One<long>("SELECT COUNT(*) FROM contact"));
        Assert.Equal(2 * Batch, here.One<long>("SELECT COUNT(*) FROM contact"));
        Assert.Equal(Count, here.Import("contacts", Header + rows).Received);
        Assert.Equal(Count, here.One<long>("SELECT COUNT(*) FROM contact"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\u001b[2J")]
    [InlineData(" player")]
    public void Source_name_must_be_readable(string source) => Assert.Contains(
        "no name of a source", Assert.Throws<ImportException>(
            () => here.Import("contacts", Header + Row, source: source)).Message);

    private RowBatches Batches(Stream stream) => new(
        stream, Request("contacts", "x.csv"), Kinds.All.Single(kind => kind.Name == "contacts"), here.Clock.Now());

    private static ImportRequest Request(string kind, string file) => new(kind, file, "import", default);

    private (int Received, int Quarantined) Stored(RowBatches batches)
    {
        var tally = new Tally();
        while (batches.Next() is { } batch) here.Write(db => batch.Store(db, here.Clock.Now(), tally));
        return ((int)tally.Received, tally.Quarantined.Count);
    }
}
