using NodaTime;
using ProactiveCare.Jobs;

namespace ProactiveCare.Tests.Jobs;

public sealed class SlowVideoStreamTests : IDisposable
{
    private static readonly Instant Later = DetectionDatabase.Evening + Duration.FromDays(1);
    private readonly DetectionDatabase database = new();
    private readonly Job job = Shipped.Job("slow-video-stream");

    public void Dispose() => database.Dispose();

    public static TheoryData<string, double, double, int, double?, double?, bool> Bounds => new()
    {
        // what, watched, stalled, stalls, longest, last stall before the end, due
        { "a good evening", 3600, 0, 0, null, null, false },
        { "one wait in twenty, to the second", 120, 6, 1, 6, null, true },
        { "one wait in twenty, a second too short", 119.999, 6, 1, 6, null, false },
        { "just under one in twenty", 120, 5.99, 1, 5.99, null, false },
        { "a sum of decimals that comes to one in twenty", 147, 7.35, 1, 7.35, null, true },
        { "eleven stalls score 54.2", 600, 6, 11, 2, null, true },
        { "eleven stalls, under 1 % of the time", 600, 5.9, 11, 2, null, false },
        { "ten stalls score 55.04", 600, 6, 10, 2, null, false },
        { "few stalls keep the score above 55", 600, 6, 2, 3, null, false },
        { "one stall of a minute in a long film", 7200, 60, 1, 60, null, true },
        { "one stall of nearly a minute in a long film", 7200, 59.9, 1, 59.9, null, false },
        { "left during a stall", 40, 10, 1, 10, 0, true },
        { "left a minute after a stall of ten seconds", 500, 10, 1, 10, 60, true },
        { "left more than a minute after it", 500, 10, 1, 10, 60.1, false },
        { "left after a stall of less than ten seconds", 500, 9.9, 1, 9.9, 5, false },
        { "stalled in nothing watched", 0, 0, 0, null, null, false },
    };

    [Theory]
    [MemberData(nameof(Bounds))]
    public void Each_threshold_is_applied(
        string what, double watched, double stalled, int stalls, double? longest, double? last, bool due)
    {
        database.Add(new Session
        {
            Id = what,
            Watched = watched,
            Stalled = stalled,
            Stalls = stalls,
            Longest = longest,
            LastBeforeEnd = last,
        });
        Assert.Equal(due ? 1 : 0, database.Find(job, Later).Count);
    }

    [Fact]
    public void Sessions_of_a_purchase_are_judged_together_in_any_order_of_arrival()
    {
        database.Add(new Session { Id = "first", Watched = 100, Stalled = 4, Stalls = 1, Longest = 4 });
        database.Add(new Session { Id = "second", Watched = 100, Stalled = 7, Stalls = 1, Longest = 7, Cdn = "cdn-b" });
        var finding = Assert.Single(database.Find(job, Later, after: 1));
        Assert.Equal("purchase:p1", finding["subject"]);
        Assert.Equal("purchase:p1", finding["service_event"]);
        Assert.Equal("c1", finding["customer_id"]);
        Assert.Equal(2L, finding["sessions"]);
        Assert.Equal(200.0, finding["watch_seconds"]);
        Assert.Equal(0.055, finding["ratio"]);
        Assert.Equal("cdn-b", finding["cdn"]);
        Assert.Empty(database.Find(job, Later, after: 2));
    }

    [Fact]
    public void Purchase_is_judged_after_its_last_session_ended()
    {
        database.Add(new Session { Id = "bad", Watched = 600, Stalled = 90, Stalls = 3, Longest = 60 });
        var again = DetectionDatabase.Evening + Duration.FromHours(2);
        database.Add(new Session { Id = "again", Started = again, Watched = 60 });
        var quiet = again + Duration.FromMinutes(31);
        Assert.Empty(database.Find(job, quiet - Duration.FromMilliseconds(1)));
        Assert.Single(database.Find(job, quiet));
    }

    [Fact]
    public void Abandonment_after_a_stall_counts_in_the_last_session_only()
    {
        database.Add(new Session { Id = "1", Watched = 99, Stalled = 11, Stalls = 1, Longest = 11, LastBeforeEnd = 2 });
        Assert.Single(database.Find(job, Later));
        database.Add(new Session { Id = "watched on", Started = DetectionDatabase.Evening + Duration.FromHours(1) });
        Assert.Empty(database.Find(job, Later));
    }

    [Theory]
    [InlineData(null, 2, true)]
    [InlineData(5400.0, 2, false)]
    [InlineData(5511.0, 2, true)]
    [InlineData(5400.0, 1, true)]
    public void Nobody_left_a_film_that_was_over(double? length, int sessions, bool due)
    {
        var half = new Session { Id = "1", Watched = 2711, Stalled = 11, Stalls = 1, Longest = 11, LastBeforeEnd = 30 };
        var earlier = DetectionDatabase.Evening - Duration.FromHours(2);
        var other = half with { Id = "3", Started = earlier, Purchase = "p2" };
        database.Add(half with { Content = length }, other);
        if (sessions == 2)
            database.Add(half with { Id = "2", Started = DetectionDatabase.Evening + Duration.FromHours(1) });
        Assert.Equal(due, database.Find(job, Later).Exists(row => (string)row["subject"]! == "purchase:p1"));
    }

    [Fact]
    public void Refusals_for_rights_or_country_do_not_count()
    {
        var bad = new Session { Id = "right", Watched = 600, Stalled = 90, Longest = 90, Cause = "entitlement" };
        database.Add(bad, bad with { Id = "place", Purchase = "p2", Cause = "geography" });
        Assert.Empty(database.Find(job, Later));
    }

    [Fact]
    public void Sessions_without_a_purchase_group_by_customer_title_and_day()
    {
        var morning = Instant.FromUtc(2026, 11, 15, 5, 0);
        var half = new Session { Id = "", Purchase = null, Watched = 70, Stalled = 4, Stalls = 1, Longest = 4 };
        database.Add(
            half with { Id = "1", Started = morning - Duration.FromHours(2) },
            half with { Id = "2", Started = morning - Duration.FromMilliseconds(1) },
            half with { Id = "3", Started = morning },
            half with { Id = "4", Customer = "c2", Started = morning - Duration.FromHours(1) },
            half with { Id = "5", Title = "Dune", Started = morning - Duration.FromHours(1) },
            half with { Id = "6", Purchase = "p9", Started = morning - Duration.FromHours(1) });
        var finding = Assert.Single(database.Find(job, morning + Duration.FromDays(1)));
        Assert.Equal("viewing:Arrival:2026-11-14", finding["subject"]);
        Assert.Equal("c1", finding["customer_id"]);
        Assert.Equal(2L, finding["sessions"]);
        Assert.Null(finding["purchase_id"]);
    }

    [Fact]
    public void Buyer_is_the_customer_and_a_slow_path_differs_from_a_slow_service()
    {
        database.Execute("INSERT INTO purchase VALUES('p1', 'buyer', 'rental', 'Arrival', 499, 'USD', 0)");
        var bad = new Session { Id = "1", Watched = 600, Stalled = 90, Longest = 60, Required = 5000 };
        database.Add(bad with { Throughput = 4999 }, bad with { Id = "2", Purchase = "p2", Throughput = 5000 });
        var found = database.Find(job, Later).ToDictionary(row => (string)row["subject"]!);
        Assert.Equal("buyer", found["purchase:p1"]["customer_id"]);
        Assert.Equal(1L, found["purchase:p1"]["is_path_slow"]);
        Assert.Equal(0L, found["purchase:p2"]["is_path_slow"]);
    }

    [Fact]
    public void Cost_of_a_run_depends_on_new_rows_only()
    {
        Assert.DoesNotContain(database.Plan(job), step => step is "SCAN session" or "SCAN s" or "SCAN p");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_sessions_give_the_findings_of_the_rule(int seed)
    {
        var random = new Random(seed);
        var sessions = Enumerable.Range(0, 3000).Select(i => RandomSession(random, i)).ToArray();
        database.Add(sessions);
        var now = DetectionDatabase.Evening + Duration.FromHours(9);
        var expected = Due(sessions, now - Duration.FromMinutes(30)).Order().ToList();
        var found = database.Find(job, now).Select(row => $"{row["customer_id"]} {row["subject"]}").Order().ToList();
        Assert.Equal(expected, found);
        Assert.InRange(found.Count, 100, 1500);
    }

    internal static Session RandomSession(Random random, int i)
    {
        var customer = random.Next(400);
        var stalls = random.Next(3) == 0 ? random.Next(12) : 0;
        var longest = stalls == 0 ? (double?)null : Math.Round(Math.Pow(random.NextDouble(), 4) * 90, 1);
        return new Session
        {
            Id = $"s{i}",
            Customer = $"c{customer}",
            Purchase = random.Next(3) == 0 ? null : $"p{customer}-{random.Next(3)}",
            Title = random.Next(2) == 0 ? "Arrival" : "Dune",
            Started = DetectionDatabase.Evening + Duration.FromMinutes(random.Next(10 * 60)),
            Watched = random.Next(5) == 0 ? random.Next(240) : random.Next(6000),
            Stalled = longest is null ? 0 : Math.Round((longest.Value * (1 + (random.NextDouble() * (stalls - 1)))), 1),
            Stalls = stalls,
            Longest = random.Next(20) == 0 ? null : longest,
            LastBeforeEnd = stalls > 0 && random.Next(2) == 0 ? random.Next(300) : null,
            Failed = random.Next(15) == 0,
            Cause = random.Next(15) == 0 ? new[] { "entitlement", "geography", "network" }[random.Next(3)] : null,
        };
    }

    // The rule of the design, written independently of the statement.
    private static IEnumerable<string> Due(IEnumerable<Session> all, Instant settled)
    {
        var counted = all.Select((s, arrival) => (s, arrival))
            .Where(x => x.s.Cause is not ("entitlement" or "geography"));
        var subjects = counted.GroupBy(x => x.s.Purchase is { } purchase
            ? $"{x.s.Customer} purchase:{purchase}"
            : $"{x.s.Customer} viewing:{x.s.Title}:{x.s.Started.InUtc().LocalDateTime.PlusHours(-5).Date:uuuu-MM-dd}");
        foreach (var subject in subjects)
        {
            var ordered = subject.OrderBy(x => x.s.End).ThenBy(x => x.arrival).Select(x => x.s).ToList();
            var last = ordered[^1];
            if (last.End > settled)
                continue;
            var watched = ordered.Sum(s => (decimal)s.Watched);
            var stalled = ordered.Sum(s => (decimal)s.Stalled);
            var stalls = ordered.Sum(s => s.Stalls);
            var longest = ordered.Max(s => s.Longest ?? 0);
            var ratio = watched == 0 ? 0 : stalled / watched;
            var score = ((100 / Math.Sqrt(1 + Math.Pow(stalls / 2.0, 2))) + (100 * Math.Exp(-10 * (double)ratio))) / 2;
            var tooSlow = (score < 55 && ratio >= 0.01m) || ratio >= 0.05m || longest >= 60;
            if ((watched >= 120 && tooSlow) || (last.LastBeforeEnd <= 60 && last.Longest >= 10))
                yield return subject.Key;
        }
    }
}
