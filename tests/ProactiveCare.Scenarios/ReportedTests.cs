using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Scenarios.Documents;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Scenarios;

/// <summary>Faults that users reported or recorded data showed: the inputs of tests/cases, as stories.</summary>
public sealed class ReportedTests
{
    [Fact]
    public void Dispute_while_a_credit_waits_leaves_no_refund_beside_the_chargeback()
    {
        const string Report = "dispute-while-credit-waits";
        using var story = Streams("2026-03-01T17:00:00Z").Report(Report, "customers")
            .AsOf("2026-03-01T18:30:00Z").Report(Report, "purchases", "sessions").AsOf("2026-03-01T19:05:00Z");
        story.Run();
        story.AsOf("2026-03-01T19:35:00Z").Given("refunds", Story.Reported("reports", Report, "dispute.csv")).GoOn();
        Assert.Empty(Directory.GetFiles(story.Folder.Inside("refunds", "out")));
        Assert.NotEqual(CreditState.Settled, story.Credit().State);
        Assert.Contains("dispute", story.Why("c1"));
        story.BooksBalance();
    }

    [Fact]
    public async Task Restore_uses_new_keys_and_no_old_answer_settles_a_new_credit()
    {
        TestDatabase.SkipUnlessFile();
        const string Report = "restore-reuses-keys";
        using var story = Streams("2026-03-01T18:01:00Z").Report(Report, "customers", "purchases");
        var evening = story.Backup();
        story.AsOf("2026-03-01T18:30:00Z").Report(Report, "sessions").At("2026-03-01T19:05:00Z");
        var before = Assert.Single(RefundLines(story));

        story.Restore(evening);
        story.AsOf("2026-03-01T20:30:00Z")
            .Given("sessions", Story.Reported("reports", Report, "later.csv")).At("2026-03-01T21:05:00Z");
        var after = Assert.Single(RefundLines(story), line => line.Cells[1] == "u3");
        Assert.NotEqual(before.File, after.File);
        Assert.NotEqual(before.Cells[^1], after.Cells[^1]);

        File.WriteAllText(
            story.Folder.Inside("refunds", "in", "refunds-000001.ack.csv"),
            Story.Reported("reports", Report, "answer.csv"));
        await story.AsOf("2026-03-01T21:20:00Z").Product.RunOnce(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("c3", story.Paid());
        story.BooksBalance();
    }

    [Fact]
    public void Unusable_address_costs_the_notice_and_never_the_refund()
    {
        using var story = Streams("2026-03-01T08:30:00Z")
            .Report("no-usable-address-no-refund", "customers", "purchases", "sessions")
            .At("2026-03-01T09:05:00Z").BillingAnswers().At("2026-03-16T09:05:00Z").BillingAnswers();
        Assert.Equal("c1 4.99 USD, c2 4.99 USD, c3 4.99 USD, c4 4.99 USD", story.Paid());
        Assert.Equal(NoticeReason.NoAddress.Text, Assert.Single(story.Mails("c2")).Reason);
        Assert.All((string[])["c1", "c3", "c4"], who => Assert.Equal("sent", Assert.Single(story.Mails(who)).State));
        story.BooksBalance();
    }

    [Fact]
    public void Evening_over_midnight_of_UTC_is_one_case()
    {
        using var story = Streams("2026-03-03T07:00:00Z").Report("evening-over-utc-midnight", "customers")
            .AsOf("2026-03-04T00:30:00Z").Report("evening-over-utc-midnight", "sessions").At("2026-03-04T01:05:00Z")
            .BillingAnswers();
        Assert.Equal("1.00 USD", $"{story.Credit().Amount}");
        Assert.Single(story.Cases("c1"));
        Assert.Single(story.Mails("c1"));
        story.BooksBalance();
    }

    [Theory]
    [InlineData("reports/tornado-begins-at-once/tornado.geojson", "2025-12-31T03:00:20Z", "56021", "WYZ118")]
    [InlineData("alerts/tornado-begins-when-issued.json", "2025-04-20T04:24:00Z", "40029", "")]
    [InlineData("alerts/hurricane-begins-when-issued.json", "2020-07-25T03:05:00Z", "", "TXZ241")]
    public void Warning_in_force_at_issue_warns(string file, string at, string county, string zone)
    {
        using var story = new Story(at, jobs: "weather-outage-alert");
        story.Customer("ada").Home("ada", zone, county).Given("alerts", Story.Reported(file)).Later();
        Assert.Equal(("alert", "sent"), (Assert.Single(story.Mails("ada")).Event, story.Mails("ada")[0].State));
    }

    [Theory]
    [InlineData("alerts/features.ndjson", 5, false)]
    [InlineData("alerts/two-collections.json", 5, false)]
    [InlineData("alerts/trailing-garbage.json", 3, true)]
    public void Documents_of_alerts_are_all_received(string file, int stored, bool setAside)
    {
        using var story = new Story("2026-01-01T00:00:00Z", jobs: "weather-outage-alert");
        var result = story.Import("alerts", Story.Reported(file));
        Assert.Equal((stored, setAside), (result.Stored, result.Quarantined > 0));
        Assert.Equal(result.Received, result.Stored + result.Quarantined);
    }

    [Theory]
    [InlineData("reports/whole-minutes-and-floats/sessions.csv", "plain java pandas strftime", "")]
    [InlineData("csv/s-dates.csv", "c d e f", "2 3 8 9 10 11 12 13 14 15 16")]
    [InlineData("csv/s-concatenated.csv", "a b c d", "")]
    public void Everyday_forms_are_taken_and_the_others_set_aside(string file, string taken, string asideLines)
    {
        using var story = new Story("2026-10-01T12:00:00Z", jobs: "slow-video-stream");
        var result = story.Import("sessions", Story.Reported(file));
        var rows = story.Read(db => Quarantine.List(db, result.ImportId));
        Assert.Equal(asideLines, string.Join(' ', rows.Select(row => row.Line)));
        Assert.All(rows, row => Assert.NotEmpty(row.Reason));
        Assert.Equal(
            taken.Split(' ').Order(),
            story.Read(db => Dapper.SqlMapper.Query<string>(db, "SELECT session_id FROM session").Order().ToList()));
    }

    [Fact]
    public void Semicolons_are_taken_or_named()
    {
        using var story = Streams("2026-10-01T12:00:00Z");
        try
        {
            var result = story.Import("sessions", Story.Reported("csv/s-semicolons.csv"));
            Assert.Equal((1, 0), (result.Stored, result.Quarantined));
        }
        catch (ImportException refused)
        {
            Assert.Contains("separated by semicolons", refused.Message);
        }
    }

    [Fact]
    public async Task Option_wins_over_the_environment_as_in_the_image()
    {
        using var page = new TypedPage();
        var settings = page.Inside("settings.json");
        await File.WriteAllTextAsync(
            settings, $$"""{ "Jobs": "{{page.Inside("jobs")}}" }""", TestContext.Current.CancellationToken);
        var mine = Directory.CreateDirectory(page.Inside("mine", "slow-video-stream")).FullName;
        foreach (var file in Directory.GetFiles(page.Inside("jobs", "slow-video-stream")))
            File.Copy(file, Path.Combine(mine, Path.GetFileName(file)));
        var (code, told) = await page.Type(
            $"proactive-care jobs check --jobs {page.Inside("mine")} --settings {settings}");
        Assert.True(code == 0 && told.Contains("good"), told);
    }

    private static Story Streams(string at) => new(at, jobs: "slow-video-stream");

    private static IEnumerable<(string File, string[] Cells)> RefundLines(Story story) =>
        from file in Directory.GetFiles(story.Folder.Inside("refunds", "out"), "*.csv")
        from line in File.ReadAllLines(file).Skip(1)
        select (Path.GetFileName(file), line.Split(','));
}
