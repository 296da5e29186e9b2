using ProactiveCare.Cases;
using ProactiveCare.Payments;

namespace ProactiveCare.Scenarios;

public sealed class RefundTests
{
    [Fact]
    public void A_rental_that_stalled_is_refunded_and_the_customer_knows_before_asking()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 20);
        Assert.Empty(story.Cases("ada"));

        story.Later(minutes: 15);
        Assert.Equal(CaseState.Given, story.Case("ada").State);
        Assert.Equal(CreditState.Settling, story.Credit().State);
        Assert.Empty(story.Mails("ada"));

        story.BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        var mail = Assert.Single(story.Mails("ada"));
        Assert.Equal(("refunded", "sent"), (mail.Event, mail.State));
        Assert.Contains("$4.99", mail.Text);
        Assert.Contains("people@company.example", mail.Text);
        Assert.Contains("4.99 USD was paid through refund-file", story.Why("ada"));
        story.BooksBalance();
    }

    [Fact]
    public void Good_session_causes_no_case_and_explain_says_so()
    {
        using var story = Story.OfSlowStreams();
        story.Customer("ada").Rental("p1", "ada").Watched("s1", "ada", "p1", stalled: 0).Later(hours: 1);
        Assert.Empty(story.Cases());
        Assert.Contains("about customer ada for that time (1 playback session)", story.Why("ada"));
        Assert.Contains("We know no customer eve", story.Why("eve"));
    }

    [Fact]
    public void Failed_start_is_refunded_unless_a_good_one_follows_soon()
    {
        using var story = new Story(jobs: "failed-video-start");
        story.Customer("ada").Rental("p1", "ada").FailedStart("s1", "ada", "p1");
        story.Customer("bob").Rental("p2", "bob").FailedStart("s2", "bob", "p2");
        story.Asleep(minutes: 50).Watched("s3", "bob", "p2", stalled: 0).Later(minutes: 10).BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Empty(story.Cases("bob"));
        story.BooksBalance();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Subscriber_without_a_purchase_is_credited_on_account_and_told_once_it_is_there(bool readsLedger)
    {
        using var story = Story.OfSlowStreams();
        story.Set(settings => settings with { BillingReadsLedger = readsLedger });
        story.Customer("ada").Watched("s1", "ada", null).Later(minutes: 35);
        Assert.Equal(readsLedger, File.Exists(story.Folder.Inside("refunds", "out", "credits-000001.csv")) is false);
        Assert.Equal(readsLedger ? 1 : 0, story.Mails("ada").Count);
        story.BillingAnswers();
        Assert.Equal("ada 1.00 USD", story.Paid());
        Assert.Equal("credited", Assert.Single(story.Mails("ada")).Event);
        story.BooksBalance();
    }

    [Fact]
    public void Refund_refused_by_the_bank_stays_owed_until_finance_retries_it()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35).BillingAnswers("refused");
        Assert.Empty(story.Mails("ada"));
        Assert.Contains("still owed: refund-file refused it (card expired)", story.Why("ada"));
        story.BooksBalance();

        story.Write(db => Approvals.Retry(db, story.Credit().Id, story.Finance, story.Now));
        story.GoOn().BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Equal("sent", Assert.Single(story.Mails("ada")).State);
        story.BooksBalance();
    }

    [Fact]
    public void Each_currency_keeps_its_decimals()
    {
        using var story = Story.OfSlowStreams();
        story.With("atMost: [20.00 USD", "atMost: [2000 JPY, 6.000 KWD, 20.00 USD")
            .With("amount: [2500.00 USD", "amount: [300000 JPY, 900.000 KWD, 2500.00 USD")
            .With("above: [25.00 USD", "above: [3000 JPY, 9.000 KWD, 25.00 USD");
        story.BadEvening("ada", "500", "JPY").BadEvening("bob", "1.525", "KWD").BadEvening("cyd", "24.99");
        story.Later(minutes: 35).BillingAnswers();
        Assert.Equal(
            ["ada 500 JPY", "bob 1.525 KWD", "cyd 20.00 USD"],
            story.Credits().Where(c => c.State == CreditState.Settled).Select(c => $"{c.CustomerId} {c.Amount}")
                .Order());
        story.BooksBalance();
    }

    [Fact]
    public void Currency_without_a_limit_needs_a_decision_by_a_person()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada", "500", "JPY").Later(minutes: 35);
        Assert.Equal((CreditState.Pending, HoldReason.NoLimitForCurrency),
            (story.Credit().State, story.Credit().HoldReason));
        story.Approve().BillingAnswers();
        Assert.Equal("ada 500 JPY", story.Paid());
        story.BooksBalance();
    }
}
