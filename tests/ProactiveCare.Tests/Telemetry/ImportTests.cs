using System.Text;
using Dapper;
using ProactiveCare.Audit;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

public sealed class ImportTests : IDisposable
{
    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Fact]
    public void Same_rows_again_are_duplicates_and_changed_ones_arrive_anew_as_revisions()
    {
        var file = string.Join('\n', Importing.SessionHeader, Importing.Session("a"), Importing.Session("b"),
            Importing.Session("c"));
        Assert.Equal("3 = 3 stored + 0 revised + 0 duplicate + 0 quarantined", here.Import("sessions", file).Counts());
        Assert.Equal("3 = 0 stored + 0 revised + 3 duplicate + 0 quarantined", here.Import("sessions", file).Counts());
        var changed = file.Replace(
            Importing.Session("b"), Importing.Session("b", watch: "601"), StringComparison.Ordinal);
        Assert.Equal("3 = 0 stored + 1 revised + 2 duplicate + 0 quarantined",
            here.Import("sessions", changed).Counts());
        Assert.Equal(["a 1 1", "c 3 1", "b 4 2"], here.Read(db => db.Query<string>(
            "SELECT session_id || ' ' || arrival || ' ' || revision FROM session ORDER BY arrival")));
        Assert.Equal(4, here.Read(Arrivals.Latest));
    }

    [Fact]
    public void Another_producers_row_of_the_same_id_is_another_row()
    {
        var file = Importing.SessionHeader + "\n" + Importing.Session("a");
        here.Import("sessions", file, source: "player");
        Assert.Equal(1, here.Import("sessions", file, source: "cdn").Stored);
    }

    [Fact]
    public void One_content_is_a_duplicate_whatever_its_format_order_of_columns_and_spelling_of_numbers_and_instants()
    {
        here.Import("sessions", Importing.SessionHeader + "\n" + Importing.Session("a", watch: "600", stall: "1.50"));
        var reordered = "\uFEFFstall_seconds,session_id,title,customer_id,content_id,started_at,ended_at,watch_seconds,"
            + "stall_count,startup_failed,cdn\r\n"
            + "1.5,a,\"Film\",c1,v1,2026-03-14T12:00:00.000+02:00,2026-03-14T11:00:00Z,6e2,0,false,\r\n";
        Assert.Equal(1, here.Import("sessions", reordered).Duplicate);
        var json = """
            {"session_id":"a","customer_id":"c1","content_id":"v1","title":"F\u0069lm",
            "started_at":"2026-03-14T10:00:00Z",
            "ended_at":"2026-03-14T11:00:00Z","watch_seconds":600.0,"stall_seconds":1.5,"stall_count":0,
            "startup_failed":false,"cdn":null}
            """.ReplaceLineEndings("");
        Assert.Equal(1, here.Import("sessions", json).Duplicate);
    }

    [Fact]
    public void Quoted_fields_hold_commas_quotes_and_line_ends_and_lines_are_still_counted()
    {
        var result = here.Import("contacts", "contact_id,customer_id,contacted_at,topic\n"
            + "a,c1,2026-03-14T10:00:00Z,\"one, \"\"two\"\"\r\nthree\"\nb,c1,2026-03-14T10:00:00Z\n");
        Assert.Equal("2 = 1 stored + 0 revised + 0 duplicate + 1 quarantined", result.Counts());
        Assert.Equal("one, \"two\"\r\nthree", here.One<string>("SELECT topic FROM contact"));
        Assert.Equal(new QuarantinedLine(4, "it has 3 fields, the header has 4", "b,c1,2026-03-14T10:00:00Z"),
            result.FirstQuarantined.Single());
    }

    [Fact]
    public void Stray_quote_invalidates_its_own_line_only()
    {
        var rows = Enumerable.Range(0, 50_000)
            .Select(i => $"{i},c1,2026-03-14T10:00:00Z,{(i == 7 ? "\"open" : "topic")}");
        var result = here.Import("contacts", "contact_id,customer_id,contacted_at,topic\n" + string.Join('\n', rows));
        Assert.Equal("50000 = 49999 stored + 0 revised + 0 duplicate + 1 quarantined", result.Counts());
        Assert.Equal(9, result.FirstQuarantined.Single().Line);
        Assert.Equal("a quote opens and does not close", result.FirstQuarantined.Single().Reason);
    }

    [Fact]
    public void Line_of_5_MB_is_quarantined_alone_and_never_buffered()
    {
        var big = "b,c1,2026-03-14T10:00:00Z," + new string('x', 5_000_000);
        var result = here.Import("contacts", "contact_id,customer_id,contacted_at,topic\n"
            + "a,c1,2026-03-14T10:00:00Z,t\n" + big + "\nc,c1,2026-03-14T10:00:00Z,t\n" + big);
        Assert.Equal("4 = 2 stored + 0 revised + 0 duplicate + 2 quarantined", result.Counts());
        Assert.Equal([3, 5], result.FirstQuarantined.Select(q => q.Line));
        Assert.All(result.FirstQuarantined, q =>
            Assert.Equal(("the line is longer than 1 MiB", 500), (q.Reason, q.Content.Length)));
    }

    [Theory]
    [InlineData("contact_id,customer_id,contacted_at,topic,mood", "Unknown column 'mood'")]
    [InlineData(",contact_id,customer_id,contacted_at,topic", "Column 1 of the header has no name")]
    [InlineData("contact_id,customer_id,contacted_at", "lacks the column 'topic'")]
    [InlineData("contact_id,customer_id,contacted_at,topic,topic", "names twice the column 'topic'")]
    [InlineData("", "empty")]
    [InlineData("[{}]", "JSON array")]
    [InlineData("""{"contact_id":"a","mood":1}""", "Unknown name 'mood' in line 1")]
    public void File_of_another_kind_is_refused_whole_with_the_reason(
        string text, string expected)
    {
        var refused = Assert.Throws<ImportException>(() => here.Import("contacts", text));
        Assert.Contains(expected, refused.Message);
        Assert.Equal(0, here.One<long>("SELECT COUNT(*) FROM import"));
    }

    [Fact]
    public void Empty_ndjson_file_imports_no_rows() =>
        Assert.Equal(0, here.Import("contacts", "\n\n", "x.ndjson").Received);

    [Fact]
    public void Cancelling_leaves_whole_batches_that_are_counted()
    {
        using var stop = new CancellationTokenSource();
        var rows = Enumerable.Range(0, 3 * Import.BatchRows).Select(i => $"{i},c1,2026-03-14T10:00:00Z,t");
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("contact_id,customer_id,contacted_at,topic\n"
            + string.Join('\n', rows)));
        var by = here.Write(db => Actors.System(db, here.Clock.Now()));
        var afterOne = new Reporting(p =>
        {
            if (p.Rows > 0) stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => Import
            .Run(here.Store, new ImportRequest("contacts", "x", "import", by), stream, here.Clock, afterOne, stop.Token)
            .GetAwaiter().GetResult());
        Assert.Equal(Import.BatchRows, here.One<long>("SELECT COUNT(*) FROM contact"));
        Assert.Equal(Import.BatchRows, here.One<long>("SELECT stored FROM import WHERE finished_at IS NULL"));
    }

    [Fact]
    public void Received_equals_the_sum_of_the_outcomes_for_any_file()
    {
        for (var seed = 1; seed <= 30; seed++)
        {
            var random = new Random(seed);
            var lines = Enumerable.Range(0, random.Next(300)).Select(_ => RandomLine(random)).ToList();
            var result = here.Import("contacts", "contact_id,customer_id,contacted_at,topic\n"
                + string.Join('\n', lines), source: $"s{seed % 3}");
            Assert.Equal(result.Received, result.Stored + result.Revised + result.Duplicate + result.Quarantined);
            Assert.Equal(lines.Count(l => l.Length > 0), result.Received);
            Assert.Equal(result.Quarantined, here.Read(db => Quarantine.List(db, result.ImportId)).Count);
        }
        Assert.Equal(
            here.One<long>("SELECT SUM(stored) FROM import"), here.One<long>("SELECT COUNT(*) FROM contact"));
        // Revised twice in one batch, a row gets one new number where numbers are given after the commit.
        Assert.Equal(here.One<long>("SELECT MAX(arrival) FROM contact"), here.Read(Arrivals.Latest));
        if (here.Store.IsShared) return;
        Assert.Equal(
            here.One<long>("SELECT SUM(stored + revised) FROM import"), here.Read(Arrivals.Latest));
    }

    private static string RandomLine(Random random) => random.Next(8) switch
    {
        0 => "",
        1 => "x,y",
        2 => $"{random.Next(40)},c,1970-01-01T00:00:00Z,t",
        3 => new string(',', random.Next(1, 6)),
        4 => $"{random.Next(40)},c,2026-03-14T10:00:00Z,\"quoted\"",
        5 => $"{random.Next(40)},c,2026-03-14T10:00:00Z,a\"b",
        _ => $"{random.Next(40)},c,2026-03-14T10:00:00Z,t{random.Next(3)}",
    };

    private sealed class Reporting(Action<ImportProgress> act) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => act(value);
    }
}
