using ProactiveCare.Cases;
using ProactiveCare.Jobs;

namespace ProactiveCare.Scenarios;

/// <summary>One entitlement for one thing that happened to one customer, whatever is done twice.</summary>
public sealed class OnceTests
{
    [Fact]
    public void Twice_run_overlapping_renamed_imported_again_and_revised_it_is_paid_once()
    {
        using var story = Story.OfSlowStreams();
        var row = Story.Session("s-ada", "ada", "p-ada", 180, story.Now);
        story.BadEvening("ada").Later(minutes: 35).Later().Later(minutes: 5);
        story.Run();
        Assert.Equal(1, story.Import("sessions", row).Duplicate);
        story.Backfill().Later(minutes: 5);

        Directory.Move(Path.Combine(story.Jobs, "slow-video-stream"), Path.Combine(story.Jobs, "too-slow"));
        Assert.Empty(story.ReadJobs());
        story.Backfill().Later(minutes: 5);

        Assert.Equal(1, story.Import("sessions", row.Replace(",180,", ",240,", StringComparison.Ordinal)).Revised);
        story.Later(hours: 1).Backfill().BillingAnswers();
        story.Later(days: 3).BillingAnswers();

        Assert.Single(story.Decisions("ada"));
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Single(story.Mails("ada"));
        Assert.Equal(499, story.Scalar<long>("SELECT refunded_minor + pending_minor FROM purchase"));
        story.BooksBalance();
    }

    [Fact]
    public void Two_jobs_that_notice_the_same_evening_pay_once()
    {
        using var story = new Story(jobs: ["slow-video-stream", "failed-video-start"]);
        story.Customer("ada").Rental("p1", "ada").Watched("s1", "ada", "p1").FailedStart("s2", "ada", "p1")
            .Later(hours: 1).BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Equal(
            ["given", "refused"], story.Cases("ada").Select(c => c.State.Text).Order());
        Assert.Single(story.Mails("ada"));
        story.BooksBalance();
    }

    [Fact]
    public void A_worker_that_dies_between_any_two_steps_goes_on_where_it_was()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Restart().Later(minutes: 35).Restart().GoOn().Restart();
        story.BillingAnswers().Restart().BillingAnswers().Restart().GoOn().Later(hours: 1);
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Single(story.Mails("ada"));
        Assert.Single(Directory.GetFiles(story.Folder.Inside("outbox"), "*.eml"));
        story.BooksBalance();
    }

    [Fact]
    public void Billing_that_answers_twice_pays_once()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35).BillingAnswers();
        var answer = Assert.Single(Directory.GetFiles(story.Folder.Inside("refunds", "in", "done")));
        File.Copy(answer, story.Folder.Inside("refunds", "in", Path.GetFileName(answer)));
        story.GoOn().Restart().GoOn();
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Single(story.Mails("ada"));
        story.BooksBalance();
    }

    [Fact]
    public void A_revision_that_raises_pays_the_difference_and_one_that_lowers_takes_nothing_back()
    {
        using var story = Story.OfSlowStreams();
        story.Edit("slow-video-stream", "  worst.isp,",
            "  worst.isp,\n  CAST(j.stall_seconds AS INTEGER) AS amount_basis,", "detect.sql");
        var row = Story.Session("s-ada", "ada", "p-ada", 180, story.Now);
        story.BadEvening("ada").Later(minutes: 35).BillingAnswers();
        story.Given("sessions", row.Replace(",180,", ",300,", StringComparison.Ordinal)).Later(hours: 1)
            .BillingAnswers();
        Assert.Equal("ada 1.80 USD, ada 1.20 USD", story.Paid());

        story.Given("sessions", row.Replace(",180,", ",120,", StringComparison.Ordinal)).Later(hours: 1)
            .BillingAnswers();
        story.Given("sessions", row.Replace(",180,", ",299,", StringComparison.Ordinal)).Later(hours: 1)
            .BillingAnswers();
        Assert.Equal("ada 1.80 USD, ada 1.20 USD", story.Paid());
        story.BooksBalance();
    }

    [Fact]
    public void What_was_given_already_is_no_reason_to_give_again()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35);
        var decision = Assert.Single(story.Decisions("ada"));
        var job = story.Read(db => story.Product.Book.Load(db, decision.JobId, decision.Version));
        var again = Decide.On(job, FactsJson.Read(decision.Facts) with { Given = decision.PaysMinor });
        Assert.Equal((Outcome.Refuse, Reason.GivenAlready), (again.Outcome, again.Reason));
    }

    [Fact]
    public void Never_more_goes_back_than_was_paid_whoever_gives_it()
    {
        using var story = Story.OfSlowStreams();
        story.Customer("ada").Rental("p-ada", "ada").RefundedBy("agent", "p-ada", "ada", "3.00");
        story.Asleep(hours: 1).Watched("s1", "ada", "p-ada").Later(minutes: 35).BillingAnswers();
        Assert.Equal("ada 1.99 USD", story.Paid());
        Assert.Equal(1, story.Import("refunds", $"""
            refund_id,purchase_id,customer_id,amount,currency,refunded_at,by
            r2,p-ada,ada,0.01,USD,{story.Now.Iso()},agent
            """).Quarantined);
        story.BooksBalance();
    }

    [Fact]
    public void An_agent_who_refunds_before_we_look_is_not_followed_by_a_second_refund()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").RefundedBy("agent", "p-ada", "ada").Later(minutes: 35);
        Assert.Equal((CaseState.Refused, Reason.RefundedElsewhere),
            (story.Case("ada").State, story.Case("ada").Reason));
        Assert.Empty(story.Credits());
        Assert.Empty(story.Mails("ada"));
        story.BooksBalance();
    }

    [Fact]
    public void The_same_film_on_two_evenings_is_two_things_for_a_subscriber_and_one_for_a_rental()
    {
        using var story = Story.OfSlowStreams();
        story.Customer("ada").Watched("s1", "ada", null).BadEvening("bob").Later(minutes: 35);
        story.Asleep(days: 1).Watched("s2", "ada", null).Watched("s3", "bob", "p-bob").Later(minutes: 35)
            .BillingAnswers();
        Assert.Equal(
            ["ada 1.00 USD", "ada 1.00 USD", "bob 4.99 USD"], story.Paid().Split(", ").Order());
        story.BooksBalance();
    }
}
