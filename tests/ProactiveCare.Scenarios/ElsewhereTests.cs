using ProactiveCare.Cases;
using ProactiveCare.Payments;

namespace ProactiveCare.Scenarios;

/// <summary>Money that agents and banks give for the same trouble.</summary>
public sealed class ElsewhereTests
{
    [Theory]
    [InlineData("won", "ada 4.99 USD", "ended in our favour")]
    [InlineData("lost", "", "gave 4.99 USD of purchase p-ada back")]
    public void Dispute_decides_what_is_paid_whether_it_opens_before_or_after_the_finding(
        string end, string paid, string words)
    {
        foreach (var before in (bool[])[true, false])
        {
            using var story = Story.OfSlowStreams()
                .With("approval: { above: [25.00 USD", "approval: { above: [1.00 USD");
            story.BadEvening("ada");
            if (!before) story.Later(minutes: 35);
            story.RefundedBy("dispute", "p-ada", "ada").Approve().Later(hours: 1);
            Assert.Contains("nothing is paid for it until that ends", story.Why("ada"));
            Assert.All(story.Credits(), credit => Assert.Equal(CreditState.Approved, credit.State));

            story.Later(days: 40).RefundedBy("dispute", "p-ada", "ada", status: end).Later(hours: 1);
            if (before && end == "won") story.Approve();
            story.BillingAnswers();
            Assert.Equal(paid, story.Paid());
            Assert.Contains(words, story.Why("ada"));
            story.BooksBalance();
        }
    }

    [Fact]
    public void Agent_who_gives_a_part_lowers_what_we_give_and_the_mail_names_the_rest()
    {
        using var story = Story.OfSlowStreams().With("approval: { above: [25.00 USD", "approval: { above: [1.00 USD");
        story.BadEvening("ada").Later(minutes: 35).RefundedBy("agent", "p-ada", "ada", "1.00").Approve();
        Assert.Contains("4.99 USD were decided, and 1.00 USD of it given elsewhere", story.Why("ada"));
        story.BillingAnswers();
        Assert.Equal("ada 3.99 USD", story.Paid());
        Assert.Contains("$3.99", story.Mails("ada")[^1].Text);
        Assert.Empty(story.OpenAlarms());
        story.BooksBalance();
    }

    [Fact]
    public void Credit_that_comes_to_nothing_ends_its_case_and_withdraws_the_word_that_has_not_left()
    {
        using var story = Story.OfSlowStreams().With("approval: { above: [25.00 USD", "approval: { above: [1.00 USD");
        // Quiet hours hold the word that we know.
        story.BadEvening("ada").Customer("ada", zone: "Asia/Tokyo").Later(minutes: 35)
            .RefundedBy("agent", "p-ada", "ada");
        Assert.Equal(CaseState.Refused, story.Case("ada").State);
        Assert.Equal("suppressed", Assert.Single(story.Mails("ada")).State);
        Assert.Contains("4.99 USD of it were given elsewhere, by agent (r-p-ada)", story.Why("ada"));
        story.BooksBalance();
    }

    [Fact]
    public void Money_that_went_twice_is_an_alarm_that_names_the_amount_for_operators_and_finance()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35).BillingAnswers();
        story.RefundedBy("dispute", "p-ada", "ada", status: "lost").Watch();
        Assert.Contains("money went-twice r-p-ada", story.OpenAlarms());
        Assert.Contains("4.99 USD went twice", story.StaffMails("olga@company.example")[^1].Text);
        Assert.Contains("4.99 USD went twice", story.Why("ada"));
        story.Later(days: 8).Watch();
        Assert.DoesNotContain("money went-twice r-p-ada", story.OpenAlarms());
        story.BooksBalance();
    }

    [Fact]
    public void Refund_that_billing_refuses_yields_to_what_was_given_while_it_was_away()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35).RefundedBy("agent", "p-ada", "ada", "2.00").Watch();
        Assert.Contains("money went-twice r-p-ada", story.OpenAlarms());

        story.BillingAnswers("refused").Watch();
        Assert.DoesNotContain("money went-twice r-p-ada", story.OpenAlarms());
        story.Write(db => Approvals.Retry(db, story.Credit().Id, story.Finance, story.Now));
        story.GoOn().BillingAnswers();
        Assert.Equal("ada 2.99 USD", story.Paid());
        story.BooksBalance();
    }

    [Fact]
    public void Refund_that_billing_refuses_ends_when_all_was_given_elsewhere_meanwhile()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35).RefundedBy("agent", "p-ada", "ada").BillingAnswers("refused");
        Assert.Equal(CreditState.Reversed, story.Credit().State);
        Assert.DoesNotContain("money went-twice r-p-ada", story.Watch().OpenAlarms());
        story.BooksBalance();
    }
}
