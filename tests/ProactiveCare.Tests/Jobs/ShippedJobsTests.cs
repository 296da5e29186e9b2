using System.Globalization;
using NodaTime;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Tests.Jobs;

public sealed class ShippedJobsTests
{
    public static TheoryData<string> Names =>
        new(JobFolder.ReadAll(Shipped.JobsFolder).Select(folder => folder.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Shipped_jobs_load_under_their_folders_names_with_three_languages_and_examples(string name)
    {
        var job = Shipped.Job(name);
        Assert.Equal(name, job.Id.Value);
        foreach (var locale in new[] { "en", "de", "es" })
        {
            Assert.Contains($"notice.{locale}.md", job.Folder.Files.Keys);
            Assert.Equal(job.Pays, job.Folder.Files.ContainsKey($"notice.{locale}.held.md"));
        }

        Assert.NotEmpty(JobExamples.Of(job.Folder));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Shipped_notices_have_the_required_text_and_the_evidence(string name)
    {
        using var database = new DetectionDatabase();
        var loader = new JobLoader(_ => null, (job, _) =>
            job.Detect is SqlDetector ? database.Columns(job) : HazardDetector.Evidence);
        Assert.Equal("", string.Join('\n', loader.Load(Shipped.Folder(name)).Problems));
    }

    [Theory]
    [InlineData("slow-video-stream")]
    [InlineData("failed-video-start")]
    public void Shipped_statement_finds_what_its_examples_expect(string name)
    {
        var job = Shipped.Job(name);
        foreach (var example in JobExamples.Of(job.Folder))
        {
            using var database = new DetectionDatabase();
            database.Add([.. example.Given["sessions"].Select(row => FromRow(row.Columns))]);
            var found = database.Find(job, example.At);
            Assert.True(found.Count == example.Findings.Count, example.Name);
            foreach (var expected in example.Findings)
            {
                var finding = Assert.Single(found, row => (string)row["subject"]! == expected.Columns["subject"]);
                foreach (var (column, text) in expected.Columns)
                    Assert.Equal((example.Name, column, text), (example.Name, column, InWords(finding[column], text)));
            }
        }
    }

    [Fact]
    public void Both_video_jobs_use_one_name_for_one_failure()
    {
        using var database = new DetectionDatabase();
        database.Add(
            new Session { Id = "1", Watched = 600, Stalled = 90, Stalls = 4, Longest = 60 },
            new Session { Id = "2", Started = DetectionDatabase.Evening + Duration.FromHours(1), Failed = true });
        var now = DetectionDatabase.Evening + Duration.FromDays(1);
        Assert.Equal(
            Assert.Single(database.Find(Shipped.Job("slow-video-stream"), now))["service_event"],
            Assert.Single(database.Find(Shipped.Job("failed-video-start"), now))["service_event"]);
    }

    // An instant stands in the row as milliseconds and in the example in ISO form; numbers are compared as numbers.
    private static string? InWords(object? value, string like) => value switch
    {
        long millis when like.EndsWith('Z') => Instant.FromUnixTimeMilliseconds(millis).Iso(),
        double number when double.Parse(like, CultureInfo.InvariantCulture) == number => like,
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    private static Session FromRow(IReadOnlyDictionary<string, string> row)
    {
        return new Session
        {
            Id = row["session_id"],
            Customer = row["customer_id"],
            Purchase = row.GetValueOrDefault("purchase_id"),
            Title = row["title"],
            Started = Time.Parse(row["started_at"]),
            Ended = Time.Parse(row["ended_at"]),
            Watched = Number("watch_seconds") ?? 0,
            Stalled = Number("stall_seconds") ?? 0,
            Stalls = (int)(Number("stall_count") ?? 0),
            Longest = Number("longest_stall_seconds"),
            LastBeforeEnd = Number("last_stall_seconds_before_end"),
            Required = Number("required_kbps"),
            Throughput = Number("throughput_kbps"),
            Failed = row["startup_failed"] == "true",
            Cause = row.GetValueOrDefault("failure_cause"),
            Cdn = row.GetValueOrDefault("cdn") ?? "cdn",
        };

        double? Number(string column) =>
            row.TryGetValue(column, out var text) ? double.Parse(text, CultureInfo.InvariantCulture) : null;
    }
}
