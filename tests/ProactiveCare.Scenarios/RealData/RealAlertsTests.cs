using System.Text.Json.Nodes;
using Dapper;
using NodaTime;
using ProactiveCare.Hazards;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests.RealData;

namespace ProactiveCare.Scenarios.RealData;

/// <summary>
/// Recorded alerts against a home in each US county, through the whole worker: who is alerted by what is worked out a
/// second time, by tests/reference/weather_alerts.py, which shares nothing with the product.
/// </summary>
public sealed class RealAlertsTests(ITestOutputHelper output)
{
    private const string Everything = "everything";
    private static readonly string[] Severities = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"];
    private static readonly IReadOnlyList<UsCounties.Home> Homes = UsCounties.Read();

    [Theory]
    [InlineData("as shipped")]
    [InlineData("chosen by the reference")]
    [InlineData(Everything)]
    public void Exactly_the_households_of_the_independent_calculation_are_alerted_once_and_in_time(string chosen)
    {
        const string File = "active-2026-07-15.json";
        var rule = Rule(chosen, File);
        using var story = Company("2026-07-14T12:00:00Z", rule);
        var expected = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var at in new[]
        {
            "2026-07-14T12:00:00Z", "2026-07-15T06:00:00Z", "2026-07-15T12:00:00Z", "2026-07-15T20:00:38Z",
        })
        {
            story.At(at);
            var taken = story.Import("alerts", Recorded(File));
            Assert.Equal(396, taken.Received);
            story.At(at);
            var now = Reference.Run("weather_alerts.py", Arguments(Path(File), at, rule))
                .Select(line => line[..line.LastIndexOf(',')]).ToList();
            expected.UnionWith(now);
            Assert.Equal(expected, Told(story));
            output.WriteLine($"{at}: {taken.Stored} messages new, {now.Count} households and hazards to warn of, "
                + $"{expected.Count} alerted up to now.");
        }
        Assert.NotEmpty(expected);
        EachNoticeIsInTime(story, expected.Count);
        story.At("2026-07-15T20:05:38Z");
        Assert.Equal(expected, Told(story));
    }

    [Fact]
    public void Recorded_test_message_is_sent_to_nobody_under_any_job()
    {
        const string File = "active-2024-12-08-features.json";
        const string At = "2024-12-08T22:46:07Z";
        var rule = Rule(Everything, File);
        using var story = Company(At, rule);
        story.Import("alerts", Recorded(File));
        story.At(At);
        var told = Told(story);
        Assert.Equal(Reference.Run("weather_alerts.py", Arguments(Path(File), At, rule))
            .Select(line => line[..line.LastIndexOf(',')]), told);
        Assert.DoesNotContain(told, pair => pair.Contains("KEEPALIVE", StringComparison.Ordinal));

        var test = Assert.Single(story.Read(db => ActiveHazards.Between(db, story.Now, 0, long.MaxValue)),
            hazard => hazard.AlertId.Contains("KEEPALIVE", StringComparison.Ordinal));
        var everything = new HazardRule([], []);
        Assert.Equal(AlertExclusion.NotActual, AlertRules.Judge(test, everything, story.Now));
        Assert.Equal(AlertExclusion.Test, AlertRules.Judge(test with { Status = "Actual" }, everything, story.Now));
        output.WriteLine($"{told.Count} alerted, none by the test message of {test.Area}.");
    }

    [Theory]
    [InlineData("Test", "Test Message", "KEEPALIVE-53757", false)]
    [InlineData("Actual", "Test Message", "KEEPALIVE-53757", false)]
    [InlineData("Test", "Flood Warning", "control", false)]
    [InlineData("Actual", "Flood Warning", "control", true)]
    public void Test_message_changed_into_a_real_one_reaches_the_county(
        string status, string kind, string id, bool reaches)
    {
        const string At = "2024-12-08T22:46:07Z";
        var message = JsonNode.Parse(Recorded("active-2024-12-08-features.json"))!.AsArray()
            .Single(feature => Property(feature!, "event") == "Test Message")!;
        foreach (var (name, value) in new[]
        {
            ("status", status), ("event", kind), ("id", "urn:oid:2.49.0.1.840.0-" + id),
            ("onset", "2024-12-09T06:00:00+00:00"), ("expires", "2024-12-09T12:00:00+00:00"),
        }) message["properties"]![name] = value;
        using var story = Company(At, (["Flood Warning", "Test Message"], Severities));
        Assert.Equal(1, story.Import("alerts", new JsonArray(message.DeepClone()).ToJsonString()).Stored);
        story.At(At);
        Assert.Equal(
            reaches ? ["county-24031,urn:oid:2.49.0.1.840.0-control"] : Array.Empty<string>(), Told(story));
    }

    [Theory]
    [InlineData("2025-11-25T16:53:59-06:00", 7)]
    [InlineData("2025-11-25T16:54:00-06:00", 6)]
    public void Watch_that_is_cancelled_for_one_county_still_warns_the_other_six(string at, int counties)
    {
        var watch = JsonNode.Parse(Recorded("zone-history-ALC129-tornado-watch.json"))!;
        var file = System.IO.Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, watch.ToJsonString());
            var rule = ((string[])["Tornado Watch"], Severities);
            using var story = Company(Time.Parse(at).Iso(), rule);
            Assert.Equal(3, story.Import("alerts", watch.ToJsonString()).Stored);
            story.At(Time.Parse(at).Iso());
            var told = Told(story);
            Assert.Equal(counties, told.Count);
            Assert.Equal(counties == 7, told.Contains("county-01129,KMOB.TO.A.0641.2025"));
            Assert.Equal(told, Reference.Run("weather_alerts.py", Arguments(file, Time.Parse(at).Iso(), rule))
                .Select(line => line[..line.LastIndexOf(',')]));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void EachNoticeIsInTime(Story story, int count)
    {
        var sent = story.Read(db => db.Query<(string State, Instant SentAt, Instant ExpiresAt)>(
            """
            SELECT MIN(notice.state), MIN(sent_at), MIN(expires_at) FROM notice JOIN care_case USING (case_id)
            WHERE event = 'alert' GROUP BY notice.customer_id, service_event HAVING COUNT(*) = 1
            """).ToList());
        Assert.Equal(count, sent.Count);
        Assert.All(sent, notice => Assert.Equal("sent", notice.State));
        Assert.All(sent, notice => Assert.True(notice.SentAt < notice.ExpiresAt));
        var outbox = Directory.CreateDirectory(story.Folder.Inside("outbox"));
        Assert.Equal(count, outbox.GetFiles("*.eml").Length);
        Assert.Empty(story.Credits());
    }

    // A company with a customer in each county, whose one job warns of these hazards.
    private static Story Company(string at, (string[] Events, string[] Severities) rule)
    {
        var story = new Story(at, jobs: "weather-outage-alert");
        var shipped = ShippedChoice();
        var lines = rule.Events.Select(kind => $"      - {kind}");
        story.Edit("weather-outage-alert", shipped,
            $"    events:\n{string.Join('\n', lines)}\n    severities: [{string.Join(", ", rule.Severities)}]\n");
        var files = UsCounties.ToImportFiles(Homes);
        Assert.Equal(Homes.Count, story.Import("customers", files.Customers).Stored);
        Assert.Equal(Homes.Count, story.Import("premises", files.Premises).Stored);
        return story;
    }

    private static (string[] Events, string[] Severities) Rule(string chosen, string file) => chosen switch
    {
        Everything => ([.. Features(file).Select(feature => Property(feature, "event")).Distinct()], Severities),
        "as shipped" => ([.. ShippedChoice().Split('\n')
            .Where(line => line.StartsWith("      - ", StringComparison.Ordinal)).Select(line => line[8..])],
            ["Severe", "Extreme"]),
        // The events and severities that the reference chooses by itself.
        _ => (["Flash Flood Warning", "Flood Warning", "Severe Thunderstorm Warning", "Tornado Warning",
            "Ice Storm Warning", "Winter Storm Warning", "Blizzard Warning", "High Wind Warning", "Hurricane Warning",
            "Tropical Storm Warning", "Extreme Heat Warning", "Red Flag Warning", "Civil Emergency Message"],
            ["Extreme", "Severe"]),
    };

    private static string ShippedChoice()
    {
        var yaml = File.ReadAllText(
            System.IO.Path.Combine(Repository.Root, "jobs", "weather-outage-alert", "job.yaml"));
        const string Last = "    severities: [Severe, Extreme]\n";
        var from = yaml.IndexOf("    events:\n", StringComparison.Ordinal);
        return yaml[from..(yaml.IndexOf(Last, StringComparison.Ordinal) + Last.Length)];
    }

    private static string[] Arguments(string file, string at, (string[] Events, string[] Severities) rule) =>
    [
        file, "--at", at, "--events", string.Join(',', rule.Events), "--severities", string.Join(',', rule.Severities),
    ];

    private static List<string> Told(Story story) => story.Read(db => db.Query<string>(
        """
        SELECT customer_id || ',' || substr(service_event, length('hazard:') + 1) AS pair
        FROM care_case WHERE state = 'told' ORDER BY pair
        """).ToList());

    private static IEnumerable<JsonNode> Features(string file)
    {
        var document = JsonNode.Parse(Recorded(file))!;
        return (document as JsonArray ?? document["features"]!.AsArray()).Select(feature => feature!);
    }

    private static string Property(JsonNode feature, string name) => feature["properties"]![name]!.GetValue<string>();

    private static string Recorded(string file) => File.ReadAllText(Path(file));

    private static string Path(string file) => RecordedData.File("weather-alerts", "nws-api", file);
}
