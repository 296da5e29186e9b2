using System.Text;
using Dapper;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests.Telemetry;

namespace ProactiveCare.Tests.Worker.Ingest;

public sealed class IngestTests(PostOffice office) : IClassFixture<PostOffice>
{
    [Fact]
    public async Task Posted_rows_are_counted_as_imported_ones_and_repeats_are_duplicates()
    {
        var body = PostOffice.Contact("i1") + PostOffice.Contact("i2", at: "1970-01-01T00:00:00Z")
            + PostOffice.Contact("i3", at: "2999-01-01T00:00:00Z") + "{broken\n" + PostOffice.Contact("i4");
        office.Desk.File("rows.ndjson", body);
        var imported = (await office.Desk.Type("import contacts rows.ndjson --json")).Json[0];
        var posted = await office.Post("contacts", body);
        Assert.Equal((200, "application/json"), (posted.Status, posted.Type));
        Assert.Equal("5 2 0 0 3", posted.Counts);
        foreach (var count in new[] { "received", "stored", "revised", "duplicate", "quarantined" })
            Assert.Equal(imported.GetProperty(count).GetInt64(), posted.Json.GetProperty(count).GetInt64());
        Assert.Equal(
            imported.GetProperty("firstQuarantined").EnumerateArray().Select(q => q.GetProperty("line").GetInt64()),
            posted.Json.GetProperty("firstQuarantined").EnumerateArray().Select(q => q.GetProperty("line").GetInt64()));
        Assert.Equal("5 0 0 2 3", (await office.Post("contacts", body)).Counts);
        Assert.Equal(
            "2 0 1 1 0",
            (await office.Post("contacts", PostOffice.Contact("i1", "other") + PostOffice.Contact("i4"))).Counts);
        Assert.Equal(
            ["import t 1", "player other 2"],
            office.Read(db => db.Query<string>(
                "SELECT source || ' ' || topic || ' ' || revision FROM contact WHERE contact_id = 'i1' ORDER BY 1")));
    }

    [Fact]
    public async Task Compressed_body_of_one_or_more_members_equals_its_content()
    {
        var one = Encoding.UTF8.GetBytes(PostOffice.Contact("z1"));
        var two = Encoding.UTF8.GetBytes(PostOffice.Contact("z2"));
        Assert.Equal("1 1 0 0 0", (await office.Post("contacts", PostOffice.Gzip(one), encoding: "gzip")).Counts);
        byte[] both = [.. PostOffice.Gzip(one), .. PostOffice.Gzip(two)];
        Assert.Equal("2 1 0 1 0", (await office.Post("contacts", both, encoding: "GZIP")).Counts);
        Assert.Equal("0 0 0 0 0", (await office.Post("contacts", [], encoding: "gzip")).Counts);
    }

    [Fact]
    public async Task Every_kind_of_telemetry_is_accepted_and_alerts_as_published()
    {
        const string Session = """
            {"session_id":"k","customer_id":"c","content_id":"v","title":"t","started_at":"2026-03-14T10:00:00Z",
            "ended_at":"2026-03-14T11:00:00Z","watch_seconds":600,"stall_seconds":1,"stall_count":1,
            "startup_failed":false}
            """;
        const string Event = """
            {"event_id":"k","kind":"x","customer_id":"c","subject":"s","occurred_at":"2026-03-14T10:00:00Z","data":{}}
            """;
        Assert.Equal("1 1 0 0 0", (await office.Post("sessions", Session.ReplaceLineEndings(""))).Counts);
        Assert.Equal("1 1 0 0 0", (await office.Post("events", Event, "application/json; charset=UTF-8")).Counts);
        Assert.Equal("1 1 0 0 0", (await office.Post("contacts", PostOffice.Contact("k"), type: null)).Counts);
        var alert = AlertImportTests.Feature();
        Assert.Equal("1 1 0 0 0", (await office.Post("alerts", alert, "application/geo+json")).Counts);
        Assert.Equal("1 0 0 1 0", (await office.Post("alerts", alert, "application/json")).Counts);
        Assert.Equal(["alerts", "contacts", "events", "sessions"], Import.TelemetryKinds.Order());
    }

    [Fact]
    public async Task Producers_are_recorded_hourly_and_quarantined_rows_are_listed()
    {
        var key = (await office.Desk.Type("producers add chatty --json")).Json.GetProperty("key").GetString()!;
        for (var i = 0; i < 20; i++)
        {
            var body = Encoding.UTF8.GetBytes(PostOffice.Contact($"h{i}") + "{bad\n");
            Assert.Equal(200, (await office.Post("contacts", body, key: key)).Status);
        }
        var records = office.Read(db => db.Query<(long Id, string By, long Received, long Stored)>(
            """
            SELECT import_id, name, received, stored FROM import JOIN actor USING (actor_id) WHERE source = 'chatty'
            """).ToList());
        Assert.InRange(records.Count, 1, 2);
        Assert.All(records, record => Assert.Equal("chatty", record.By));
        Assert.Equal((40, 20), (records.Sum(r => r.Received), records.Sum(r => r.Stored)));
        Assert.Equal(20, records.Sum(r => office.Read(db => Quarantine.List(db, r.Id)).Count));
        Assert.All(records, r =>
            Assert.Single(office.Read(db => ProactiveCare.Audit.AuditLog.Of(db, $"import:{r.Id}"))));
        var listed = office.Desk.Run("producers list --json").Json.EnumerateArray()
            .Single(p => p.GetProperty("name").GetString() == "chatty");
        Assert.Equal(40, listed.GetProperty("received").GetInt32());
        Assert.Equal(20, listed.GetProperty("quarantined").GetInt32());
        Assert.NotEqual("null", listed.GetProperty("lastAt").GetRawText());
    }

    [Theory]
    [InlineData("customers", "application/x-ndjson", null, 404, "sessions, events, contacts, alerts")]
    [InlineData("Contacts", "application/x-ndjson", null, 404, "proactive-care import")]
    [InlineData("", "application/x-ndjson", null, 404, "sessions")]
    [InlineData("contacts/1", "application/x-ndjson", null, 404, "sessions")]
    [InlineData("contacts", "text/csv", null, 415, "application/x-ndjson")]
    [InlineData("contacts", "application/x-ndjson; charset=utf-16", null, 415, "UTF-8")]
    [InlineData("contacts", "nonsense", null, 415, "application/x-ndjson")]
    [InlineData("alerts", "text/csv", null, 415, "application/geo+json")]
    [InlineData("contacts", "application/x-ndjson", "br", 415, "gzip")]
    [InlineData("contacts", "application/x-ndjson", "gzip, gzip", 415, "gzip once")]
    public async Task Unsupported_requests_are_refused_with_the_supported_choices(
        string kind, string type, string? encoding, int status, string words)
    {
        var answer = await office.Post(kind, Encoding.UTF8.GetBytes(PostOffice.Contact("never")), type, encoding);
        Assert.Equal((status, "application/problem+json"), (answer.Status, answer.Type));
        Assert.Equal(status, answer.Json.GetProperty("status").GetInt32());
        Assert.Contains(words, answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            0, office.Read(db => db.ExecuteScalar<long>("SELECT count(*) FROM contact WHERE contact_id = 'never'")));
    }

    [Fact]
    public async Task Methods_other_than_post_get_405()
    {
        var answer = await office.Raw(Encoding.Latin1.GetBytes(
            "GET /telemetry/contacts HTTP/1.1\r\nHost: h\r\n"
            + $"Authorization: Bearer {office.Key}\r\nConnection: close\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 405 ", answer);
        Assert.Contains("Allow: POST", answer);
    }
}
