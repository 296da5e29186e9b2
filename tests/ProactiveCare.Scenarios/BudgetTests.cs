using Dapper;
using ProactiveCare.Payments;

namespace ProactiveCare.Scenarios;

public sealed class BudgetTests
{
    private static readonly string[] Everyone = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ivy"];

    [Fact]
    public void Credits_over_the_budget_are_held_and_paid_on_the_next_days()
    {
        using var story = Story.OfSlowStreams();
        story.With("amount: [2500.00 USD", "amount: [20.00 USD");
        foreach (var customer in Everyone) story.BadEvening(customer);
        story.Later(minutes: 35);
        Assert.Equal(4, Waiting(story, null));
        Assert.Equal(5, Waiting(story, HoldReason.Budget));

        story.Later(hours: 1).Restart().GoOn();
        Assert.Equal(5, Waiting(story, HoldReason.Budget));
        story.Later(days: 1);
        Assert.Equal(1, Waiting(story, HoldReason.Budget));
        story.Later(days: 1).BillingAnswers();
        Assert.Equal(Everyone.Length, story.Credits().Count(c => c.State == CreditState.Settled));
        Assert.Equal(0, story.Scalar<long>("SELECT COUNT(*) FROM budget WHERE reserved_minor > 2000"));
        Assert.Equal(
            [1996L, 1996L, 499L],
            story.Read(db => db.Query<long>("SELECT reserved_minor FROM budget ORDER BY period")));
        story.BooksBalance();
    }

    [Fact]
    public void Approval_does_not_exceed_the_daily_budget()
    {
        using var story = Story.OfSlowStreams();
        story.With("amount: [2500.00 USD", "amount: [5.00 USD").BadEvening("ada").BadEvening("bob").Later(minutes: 35);
        Assert.Contains("is exhausted", Assert.Throws<PaymentException>(() => story.Approve()).Message);
        story.With("amount: [5.00 USD", "amount: [10.00 USD").Later(minutes: 5).BillingAnswers();
        Assert.Equal("ada 4.99 USD, bob 4.99 USD", story.Paid());
        story.BooksBalance();
    }

    [Fact]
    public void Budget_day_follows_the_companys_time_zone()
    {
        using var story = new Story("2026-03-15T02:00:00Z", jobs: "slow-video-stream");
        story.With("amount: [2500.00 USD", "amount: [5.00 USD").BadEvening("ada").BadEvening("bob").Later(minutes: 35);
        story.At("2026-03-15T03:55:00Z");
        Assert.Equal(1, Waiting(story, HoldReason.Budget));
        story.At("2026-03-15T04:05:00Z");
        Assert.Equal(0, Waiting(story, HoldReason.Budget));
        story.BooksBalance();
    }

    private static int Waiting(Story story, HoldReason? why) => story.Credits().Count(c => c.HoldReason == why);
}
