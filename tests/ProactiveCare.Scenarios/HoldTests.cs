using ProactiveCare.Audit;
using ProactiveCare.Cases;
using ProactiveCare.Payments;

namespace ProactiveCare.Scenarios;

public sealed class HoldTests
{
    [Fact]
    public void Large_refund_waits_for_approval_and_the_customer_is_notified_early()
    {
        using var story = Story.OfSlowStreams();
        story.With("25.00 USD", "3.00 USD").BadEvening("ada").Later(minutes: 35);
        Assert.Equal(CaseState.Held, story.Case("ada").State);
        var early = Assert.Single(story.Mails("ada"));
        Assert.Equal(("held", "sent"), (early.Event, early.State));
        Assert.DoesNotContain("4.99", early.Text);

        story.Approve().BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Equal(["held", "refunded"], story.Mails("ada").Select(m => m.Event));
        story.BooksBalance();
    }

    [Fact]
    public void Acceptor_of_a_job_and_operators_cannot_approve_its_credits()
    {
        using var story = new Story(auto: false, jobs: "slow-video-stream");
        var both = story.User("mia", "operator,finance");
        story.With("25.00 USD", "3.00 USD").Accept("slow-video-stream", both).BadEvening("ada").Later(minutes: 35);
        Assert.Contains("mia wrote or accepted the job", Refusal(() => story.Approve(both)));
        Assert.Contains("olga does not have the finance role", Refusal(() => story.Approve(story.Ops)));
        Assert.Equal(CreditState.Pending, story.Credit().State);
        Assert.Equal(story.Finance.Id, story.Approve().Credit().ApproverId);
    }

    [Fact]
    public void Rejected_credit_is_never_owed_and_not_found_again()
    {
        using var story = Story.OfSlowStreams();
        story.With("25.00 USD", "3.00 USD").BadEvening("ada").Later(minutes: 35)
            .Reject("the session was a test of ours");
        story.BooksBalance();
        story.Watched("s-ada", "ada", "p-ada", stalled: 300).Later(hours: 1);
        Assert.Equal(CreditState.Rejected, story.Credit().State);
        Assert.Contains($"was rejected by {story.Finance.Name}: the session was a test of ours", story.Why("ada"));
        Assert.Equal(0, story.Scalar<long>("SELECT SUM(reserved_minor) FROM budget"));
        story.BooksBalance();
    }

    [Fact]
    public void Frequent_recipient_is_reviewed_by_a_person_and_never_denied()
    {
        using var story = Story.OfSlowStreams();
        story.Customer("ada");
        for (var evening = 1; evening <= 4; evening++)
            story.Rental("p" + evening, "ada").Watched("s" + evening, "ada", "p" + evening).Later(days: 1);
        Assert.Equal(
            [null, null, null, HoldReason.LimitReview], story.Credits().Select(c => c.HoldReason));
        story.Approve();
        Assert.DoesNotContain(story.Credits(), c => c.State == CreditState.Pending);
        story.BooksBalance();
    }

    private static string Refusal(Action action) => Assert.Throws<PaymentException>(action).Message;
}
