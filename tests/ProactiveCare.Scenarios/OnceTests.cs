using ProactiveCare.Cases;
using ProactiveCare.Jobs;

namespace ProactiveCare.Scenarios;

/// <summary>One event of one customer pays once, whatever is repeated.</summary>
public sealed class OnceTests
{
    [Fact]
    public void Reruns_overlaps_renames_reimports_and_revisions_pay_once()
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
    public void Two_jobs_that_find_the_same_purchase_pay_once()
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
    public void Worker_killed_between_any_two_steps_resumes_where_it_was()
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
    public void Duplicate_answer_of_billing_pays_once()
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
    public void Higher_revision_pays_the_difference_and_a_lower_one_takes_nothing_back()
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
    public void Compensation_given_already_refuses_a_second_credit()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35);
        var decision = Assert.Single(story.Decisions("ada"));
        var job = story.Read(db => story.Product.Book.Load(db, decision.JobId, decision.Version));
        var again = Decide.On(job, FactsJson.Read(decision.Facts) with { Given = decision.PaysMinor });
        Assert.Equal((Outcome.Refuse, Reason.GivenAlready), (again.Outcome, again.Reason));
    }

    [Fact]
    public void Refunds_from_all_sources_never_exceed_the_payment()
    {
        using var story = Story.OfSlowStreams();
        story.Customer("ada").Rental("p-ada", "ada").RefundedBy("agent", "p-ada", "ada", "3.00");
        story.Asleep(hours: 1).Watched("s1", "ada", "p-ada").Later(minutes: 35).BillingAnswers();
        Assert.Equal("ada 1.99 USD", story.Paid());
        story.Import("refunds", $"""
            refund_id,purchase_id,customer_id,amount,currency,refunded_at,by
            r2,p-ada,ada,0.01,USD,{story.Now.Iso()},agent
            """);
        Assert.Equal(1, story.Scalar<long>("SELECT SUM(twice_minor) FROM refund"));
        Assert.Contains("money went-twice r2", story.Watch().OpenAlarms());
        story.BooksBalance();
    }

    [Fact]
    public void Earlier_refund_by_an_agent_prevents_a_second()
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
    public void Same_film_on_two_evenings_is_two_cases_for_a_subscriber_and_one_for_a_rental()
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
