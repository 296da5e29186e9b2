using NodaTime;
using ProactiveCare.Jobs;

namespace ProactiveCare.Tests.Jobs;

public sealed class FailedVideoStartTests : IDisposable
{
    private static readonly Instant Evening = DetectionDatabase.Evening;
    private static readonly Session Failed = new()
    {
        Id = "failed",
        Watched = 0,
        Ended = Evening + Duration.FromSeconds(20),
        Failed = true,
        Cause = "network",
    };

    private readonly DetectionDatabase database = new();
    private readonly Job job = Shipped.Job("failed-video-start");

    public void Dispose() => database.Dispose();

    [Fact]
    public void Failed_start_is_due_after_half_an_hour_without_a_good_one()
    {
        database.Add(Failed);
        Assert.Empty(database.Find(job, Failed.End + Duration.FromMinutes(30) - Duration.FromMilliseconds(1)));
        var finding = Assert.Single(database.Find(job, Failed.End + Duration.FromMinutes(30)));
        Assert.Equal("purchase:p1", finding["subject"]);
        Assert.Equal("purchase:p1", finding["service_event"]);
        Assert.Equal("network", finding["failure_cause"]);
        Assert.Equal(Evening.ToUnixTimeMilliseconds(), finding["occurred_at"]);
    }

    [Theory]
    [InlineData(-60_000, true)]
    [InlineData(0, false)]
    [InlineData(1_820_000, false)]
    [InlineData(1_820_001, true)]
    public void Good_start_within_half_an_hour_cancels_the_failed_one(long millis, bool due)
    {
        database.Add(Failed, new Session { Id = "good", Started = Evening + Duration.FromMilliseconds(millis) });
        Assert.Equal(due ? 1 : 0, database.Find(job, Evening + Duration.FromDays(1)).Count);
    }

    [Fact]
    public void Good_start_of_another_purchase_cancels_nothing()
    {
        database.Add(
            Failed,
            new Session { Id = "other", Purchase = "p2", Started = Evening + Duration.FromMinutes(1) },
            new Session { Id = "none", Purchase = null, Started = Evening + Duration.FromMinutes(1) });
        Assert.Equal("purchase:p1", Assert.Single(database.Find(job, Evening + Duration.FromDays(1)))["subject"]);
    }

    [Fact]
    public void Customer_and_title_match_across_the_end_of_a_day_without_a_purchase()
    {
        var morning = Instant.FromUtc(2026, 11, 15, 5, 0);
        var late = Failed with { Purchase = null, Started = morning - Duration.FromMinutes(1), Ended = morning };
        database.Add(
            late with { Id = "1" },
            late with { Id = "2", Customer = "c2" },
            new Session { Id = "3", Purchase = null, Customer = "c2", Started = morning + Duration.FromMinutes(1) });
        var finding = Assert.Single(database.Find(job, morning + Duration.FromDays(1)));
        Assert.Equal("viewing:Arrival:2026-11-14", finding["subject"]);
        Assert.Equal("c1", finding["customer_id"]);
    }

    [Fact]
    public void Several_failed_starts_are_one_finding_and_refusals_are_none()
    {
        database.Add(
            Failed,
            Failed with { Id = "again", Started = Failed.End, Ended = Failed.End + Duration.FromMinutes(3) },
            Failed with { Id = "right", Purchase = "p2", Cause = "entitlement" },
            Failed with { Id = "place", Purchase = "p3", Cause = "geography" });
        var finding = Assert.Single(database.Find(job, Evening + Duration.FromDays(1)));
        Assert.Equal(2L, finding["failed_starts"]);
    }

    [Fact]
    public void Cost_of_a_run_depends_on_new_rows_only() =>
        Assert.DoesNotContain(database.Plan(job), step => step is "SCAN session" or "SCAN good" or "SCAN p");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_sessions_give_the_findings_of_the_rule(int seed)
    {
        var random = new Random(seed);
        var sessions = Enumerable.Range(0, 2000).Select(i => RandomSession(random, i)).ToArray();
        database.Add(sessions);
        var now = Evening + Duration.FromHours(5);
        var found = database.Find(job, now).Select(row => $"{row["customer_id"]} {row["subject"]}").Order().ToList();
        Assert.Equal(Due(sessions, now).Distinct().Order().ToList(), found);
        Assert.InRange(found.Count, 100, 1000);
    }

    private static Session RandomSession(Random random, int i)
    {
        var customer = random.Next(300);
        var failed = random.Next(3) == 0;
        return new Session
        {
            Id = $"s{i}",
            Customer = $"c{customer}",
            Purchase = random.Next(3) == 0 ? null : $"p{customer}-{random.Next(2)}",
            Title = random.Next(2) == 0 ? "Arrival" : "Dune",
            Started = Evening + Duration.FromMinutes(random.Next(6 * 60)),
            Watched = failed ? random.Next(60) : random.Next(3600),
            Failed = failed,
            Cause = failed ? new[] { "entitlement", "geography", "network", null }[random.Next(4)] : null,
        };
    }

    private static IEnumerable<string> Due(Session[] all, Instant now)
    {
        var wait = Duration.FromMinutes(30);
        foreach (var f in all.Where(s => s.Failed && s.End + wait <= now))
        {
            if (f.Cause is "entitlement" or "geography")
                continue;
            var mended = all.Any(g => !g.Failed
                && (f.Purchase is not null
                    ? g.Purchase == f.Purchase
                    : g.Purchase is null && g.Customer == f.Customer && g.Title == f.Title)
                && g.Started >= f.Started && g.Started <= f.End + wait);
            if (!mended)
            {
                yield return f.Purchase is not null
                    ? $"{f.Customer} purchase:{f.Purchase}"
                    : $"{f.Customer} viewing:{f.Title}:{f.Started.InUtc().LocalDateTime.PlusHours(-5).Date:uuuu-MM-dd}";
            }
        }
    }
}
