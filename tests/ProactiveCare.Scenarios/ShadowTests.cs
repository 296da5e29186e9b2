using ProactiveCare.Cases;
using ProactiveCare.Jobs;

namespace ProactiveCare.Scenarios;

public sealed class ShadowTests
{
    [Fact]
    public void Shadow_job_records_decisions_and_pays_nothing()
    {
        using var story = Story.OfSlowStreams();
        story.With("mode: live", "mode: shadow").BadEvening("ada").Later(minutes: 35).BillingAnswers();
        Assert.Equal((Outcome.Pay, 499L), (story.Decisions("ada")[0].Outcome, story.Decisions("ada")[0].PaysMinor));
        Assert.Empty(story.Credits());
        Assert.Empty(story.Mails("ada"));
        Assert.Contains("in shadow: nothing is paid or sent", story.Why("ada"));
        story.BooksBalance();
    }

    [Fact]
    public void Shadow_decisions_block_no_acting_job()
    {
        using var story = new Story(jobs: ["failed-video-start", "slow-video-stream"]);
        story.Edit("failed-video-start", "mode: live", "mode: shadow")
            .Edit("failed-video-start", "[1500.00 USD", "[5.00 USD");
        story.Customer("ada").Rental("p1", "ada").FailedStart("s1", "ada", "p1").Watched("s2", "ada", "p1")
            .Later(hours: 1);
        story.BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Equal(2, story.Cases("ada").Count);
        Assert.Equal(CaseState.Given, Assert.Single(story.Cases("ada", Mode.Live)).State);
        story.BooksBalance();
    }

    [Fact]
    public void New_job_stays_in_shadow_until_accepted_and_starts_from_then()
    {
        using var story = new Story(auto: false, jobs: "slow-video-stream");
        story.BadEvening("ada").Later(minutes: 35);
        Assert.Equal(Mode.Shadow, story.Case("ada").Mode);

        story.Accept("slow-video-stream").BadEvening("bob").Later(minutes: 35).BillingAnswers();
        Assert.Equal("bob 4.99 USD", story.Paid());
        Assert.Equal(Mode.Shadow, story.Case("ada").Mode);
        story.BooksBalance();
    }

    [Fact]
    public void Edit_of_words_applies_at_once_and_an_edit_of_money_needs_acceptance()
    {
        using var story = new Story(auto: false, jobs: "slow-video-stream");
        story.Accept("slow-video-stream");
        story.With("description: Refund", "description: Give back");
        Assert.False(Booked(story).Waits);

        story.With("share: 100%", "share: 50%");
        Assert.True(Booked(story).Waits);
        story.BadEvening("ada").Later(minutes: 35).BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());

        story.Accept("slow-video-stream").BadEvening("bob").Later(minutes: 35).BillingAnswers();
        Assert.Equal("ada 4.99 USD, bob 2.50 USD", story.Paid());
        story.BooksBalance();
    }

    [Fact]
    public void Waiting_version_reports_its_cost_beside_the_acting_one()
    {
        using var story = new Story(auto: false, jobs: "slow-video-stream");
        story.Accept("slow-video-stream").With("share: 100%", "share: 50%").BadEvening("ada").Later(minutes: 35)
            .BillingAnswers();
        var would = story.Cases("ada", Mode.Shadow).Single();
        var decision = Assert.Single(story.Read(db => DecisionLog.Of(db, would.Id)));
        Assert.Equal((Outcome.Pay, 250L), (decision.Outcome, decision.PaysMinor));
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Single(story.Mails("ada"));
        story.BooksBalance();
    }

    private static BookedJob Booked(Story story) => story.Read(db => JobBook.Get(db, new JobId("slow-video-stream")));
}
