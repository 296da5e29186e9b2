using ProactiveCare.Cases;

namespace ProactiveCare.Scenarios;

/// <summary>Ada and Bob fall into a comparison group of one half, Dan and Eve do not.</summary>
public sealed class HoldOutTests
{
    [Fact]
    public void Hold_out_group_is_credited_after_two_weeks()
    {
        using var story = Story.OfSlowStreams();
        story.With("holdOut: 0%", "holdOut: 50%");
        foreach (var customer in (string[])["ada", "bob", "dan", "eve"]) story.BadEvening(customer);
        story.Later(minutes: 35).BillingAnswers();
        Assert.Equal("dan 4.99 USD, eve 4.99 USD", story.Paid());
        Assert.Equal(CaseState.HeldOut, story.Case("ada").State);

        story.Later(days: 13);
        Assert.Empty(story.Mails("ada"));
        story.Later(days: 1).BillingAnswers();
        Assert.Equal("dan 4.99 USD, eve 4.99 USD, ada 4.99 USD, bob 4.99 USD", story.Paid());
        Assert.Equal([Outcome.HoldOut, Outcome.Pay], story.Decisions("ada").Select(d => d.Outcome));
        story.BooksBalance();
    }

    [Fact]
    public void Contacting_customer_is_never_held_out_or_leaves_the_hold_out()
    {
        using var story = Story.OfSlowStreams();
        story.With("holdOut: 0%", "holdOut: 50%").BadEvening("ada").BadEvening("bob").Contacted("ada")
            .Later(minutes: 35);
        Assert.Equal(CaseState.Given, story.Case("ada").State);
        Assert.Equal(CaseState.HeldOut, story.Case("bob").State);
        story.Contacted("bob").Later(minutes: 5).BillingAnswers();
        Assert.Equal("ada 4.99 USD, bob 4.99 USD", story.Paid());
        story.BooksBalance();
    }
}
