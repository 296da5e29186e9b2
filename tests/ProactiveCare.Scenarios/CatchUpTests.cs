namespace ProactiveCare.Scenarios;

public sealed class CatchUpTests
{
    [Fact]
    public void After_three_days_down_the_last_day_is_processed_and_the_rest_counted_for_a_backfill()
    {
        using var story = Story.OfSlowStreams();
        story.Later();
        story.BadEvening("ada").Asleep(days: 2, hours: 12).BadEvening("bob").Asleep(hours: 12).Restart()
            .Later(minutes: 5);
        story.BillingAnswers();
        Assert.Equal("bob 4.99 USD", story.Paid());
        Assert.Equal(1, story.History()[0].LeftOut);

        story.Backfill(days: 4).BillingAnswers();
        Assert.Equal("bob 4.99 USD, ada 4.99 USD", story.Paid());
        story.Backfill(days: 4).Later(minutes: 5).BillingAnswers();
        Assert.Equal("bob 4.99 USD, ada 4.99 USD", story.Paid());
        Assert.Equal(0, story.History()[0].LeftOut);
        story.BooksBalance();
    }

    [Fact]
    public void Night_of_downtime_is_caught_up_automatically()
    {
        using var story = Story.OfSlowStreams();
        story.Later().BadEvening("ada").Asleep(hours: 12).Restart().Later().BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Equal(0, story.History()[0].LeftOut);
    }

    [Fact]
    public void Rows_older_than_a_job_need_a_backfill()
    {
        using var story = new Story();
        story.BadEvening("ada").Asleep(hours: 1).CopyJob("slow-video-stream", "slow-video-stream");
        Assert.Empty(story.ReadJobs());
        Assert.Empty(story.Later(minutes: 5).Cases());
        Assert.Equal("ada 4.99 USD", story.Backfill(days: 1).BillingAnswers().Paid());
    }
}
