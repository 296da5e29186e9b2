namespace ProactiveCare.Scenarios;

/// <summary>One sitting of a subscriber is one case, wherever midnight falls.</summary>
public sealed class ViewingDayTests
{
    private const string Columns =
        "session_id,customer_id,content_id,title,started_at,ended_at,watch_seconds,stall_seconds,stall_count,"
        + "startup_failed\n";

    // The sessions lie four minutes apart: over UTC's midnight, over the customer's own, and over five in the morning.
    [Theory]
    [InlineData("America/New_York", "2026-03-03T23:58:00Z", "viewing:Arrival:2026-03-03")]
    [InlineData("America/New_York", "2026-03-04T04:58:00Z", "viewing:Arrival:2026-03-03")]
    [InlineData("America/New_York", "2026-03-04T09:58:00Z", "viewing:Arrival:2026-03-03")]
    [InlineData("America/New_York", "2026-03-08T06:58:00Z", "viewing:Arrival:2026-03-07")]
    [InlineData("Asia/Tokyo", "2026-03-03T15:00:00Z", "viewing:Arrival:2026-03-03")]
    public void Sitting_is_one_case_wherever_midnight_falls(string zone, string first, string subject)
    {
        using var story = Company().Customer("ada", zone: zone).At(first);
        story.Given("sessions", Columns + Stalled(story, "s1")).Later(minutes: 22);
        story.Given("sessions", Columns + Stalled(story, "s2")).Later(minutes: 31);
        Assert.Equal(subject, Assert.Single(story.Cases()).Finding.Subject);
        Assert.Single(story.Credits());
        story.BooksBalance();
    }

    [Fact]
    public void Case_that_was_paid_takes_in_what_follows_before_five_and_after_a_move()
    {
        using var story = Company().Customer("ada", zone: "America/New_York").At("2026-03-04T00:00:00Z");
        story.Given("sessions", Columns + Stalled(story, "s1")).Later(minutes: 45);
        Assert.Single(story.Credits());
        story.Customer("ada", zone: "Asia/Tokyo");
        story.Given("sessions", Columns + Stalled(story, "s2")).Later(minutes: 45);
        Assert.Single(story.Credits());
        story.Later(days: 1).Given("sessions", Columns + Stalled(story, "s3")).Later(minutes: 45);
        Assert.Equal(2, story.Credits().Count);
    }

    private static string Stalled(Story story, string id) =>
        $"{id},ada,m,Arrival,{(story.Now - NodaTime.Duration.FromMinutes(18)).Iso()},{story.Now.Iso()},"
        + "1080,150,9,false";

    private static Story Company() => new("2026-03-01T00:00:00Z", jobs: "slow-video-stream");
}
