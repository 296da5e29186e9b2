using ProactiveCare.Payments;

namespace ProactiveCare.Scenarios;

public sealed class AndonTests
{
    [Fact]
    public void Andon_holds_all_credits_until_its_release()
    {
        using var story = Story.OfSlowStreams();
        story.Stop("andon").BadEvening("ada").BadEvening("bob").Later(minutes: 35).Restart().Later(hours: 2);
        Assert.All(story.Credits(), c =>
            Assert.Equal((CreditState.Pending, HoldReason.Andon), (c.State, c.HoldReason)));
        Assert.Equal("held", Assert.Single(story.Mails("ada")).Event);

        story.EndStop("andon").GoOn().BillingAnswers();
        Assert.Equal("ada 4.99 USD, bob 4.99 USD", story.Paid());
        Assert.Equal(["held", "refunded"], story.Mails("bob").Select(m => m.Event));
        story.BooksBalance();
    }

    [Fact]
    public void Credits_above_the_threshold_still_need_approval_after_the_andon()
    {
        using var story = Story.OfSlowStreams();
        story.With("25.00 USD", "3.00 USD").Stop("andon").BadEvening("ada").Later(minutes: 35).EndStop("andon").GoOn();
        Assert.Equal((CreditState.Pending, HoldReason.Approval), (story.Credit().State, story.Credit().HoldReason));
        story.Approve().BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        story.BooksBalance();
    }

    [Fact]
    public void Andon_of_one_job_does_not_stop_another()
    {
        using var story = new Story(jobs: ["slow-video-stream", "failed-video-start"]);
        story.Stop("andon").BadEvening("ada").Customer("bob").Rental("p2", "bob").FailedStart("s2", "bob", "p2");
        story.Later(minutes: 35).BillingAnswers();
        Assert.Equal("bob 4.99 USD", story.Paid());
        story.BooksBalance();
    }
}
