using ProactiveCare.Cases;

namespace ProactiveCare.Scenarios;

public sealed class WaitingTests
{
    [Fact]
    public void Telemetry_that_comes_before_its_customer_waits_for_them()
    {
        using var story = Story.OfSlowStreams();
        story.Rental("p1", "ada").Watched("s1", "ada", "p1").Later(minutes: 35);
        Assert.Equal((CaseState.Waiting, Reason.CustomerNotArrived),
            (story.Case("ada").State, story.Case("ada").Reason));
        Assert.Empty(story.Mails("ada"));

        story.Later(days: 3);
        Assert.Single(story.Decisions("ada"));

        story.Customer("ada").Later(minutes: 5).BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        story.BooksBalance();
    }

    [Fact]
    public void Telemetry_that_comes_before_its_purchase_waits_for_it()
    {
        using var story = Story.OfSlowStreams();
        story.Customer("ada").Watched("s1", "ada", "p1").Later(minutes: 35);
        Assert.Equal(Reason.PurchaseNotArrived, story.Case("ada").Reason);
        story.Rental("p1", "ada").Later(minutes: 5).Restart().Later(minutes: 5).BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Equal([Outcome.Wait, Outcome.Pay], story.Decisions("ada").Select(d => d.Outcome));
        story.BooksBalance();
    }

    [Fact]
    public void Waiting_for_rows_that_never_arrive_ends_after_two_weeks_for_good()
    {
        using var story = Story.OfSlowStreams();
        story.Customer("ada").Watched("s1", "ada", "p1").Later(hours: 1);
        story.Later(days: 13);
        Assert.Equal(CaseState.Waiting, story.Case("ada").State);
        story.Later(days: 1);
        Assert.Equal((CaseState.Refused, Reason.PurchaseNeverArrived),
            (story.Case("ada").State, story.Case("ada").Reason));
        story.Rental("p1", "ada").Later(days: 1);
        Assert.Empty(story.Credits());
        story.BooksBalance();
    }

    [Fact]
    public void Waiting_case_that_is_then_held_notifies_the_customer()
    {
        using var story = Story.OfSlowStreams();
        story.Customer("ada").Watched("s1", "ada", "p1").Later(minutes: 35).Stop("andon");
        story.Rental("p1", "ada").Later(minutes: 5);
        Assert.Equal(("held", "sent"), (Assert.Single(story.Mails("ada")).Event, story.Mails("ada")[0].State));
    }

    [Fact]
    public void Currency_missing_from_the_job_is_paid_once_an_operator_adds_its_amount()
    {
        using var story = Story.OfSlowStreams();
        story.Customer("ada", currency: "JPY").Watched("s1", "ada", null).Later(minutes: 35);
        Assert.Equal((CaseState.Waiting, Reason.NoAmountForCurrency),
            (story.Case("ada").State, story.Case("ada").Reason));
        story.With("amount: [2500.00 USD", "amount: [300000 JPY, 2500.00 USD")
            .With("above: [25.00 USD", "above: [3000 JPY, 25.00 USD")
            .With("credit: [1.00 USD", "credit: [150 JPY, 1.00 USD");
        story.Later(minutes: 5);
        story.BillingAnswers();
        Assert.Equal("ada 150 JPY", story.Paid());
        story.BooksBalance();
    }

    [Fact]
    public void Customer_without_a_currency_is_credited_in_that_of_the_last_purchase()
    {
        using var story = Story.OfSlowStreams();
        story.Customer("ada", currency: "").Watched("s1", "ada", null).Later(minutes: 35);
        Assert.Equal((CaseState.Waiting, Reason.CurrencyNotKnown),
            (story.Case("ada").State, story.Case("ada").Reason));
        story.Rental("p1", "ada").Later(minutes: 5).Rental("p2", "ada", currency: "EUR").Later(minutes: 5);
        story.BillingAnswers();
        Assert.Equal("ada 1.00 USD", story.Paid());
        story.Customer("bob", currency: "").Rental("p3", "bob").Later(minutes: 5).Rental("p4", "bob", currency: "EUR")
            .Watched("s2", "bob", null).Later(minutes: 35);
        story.BillingAnswers();
        Assert.Contains("bob 1.00 EUR", story.Paid());
        story.BooksBalance();
    }
}
