using ProactiveCare.Cases;
using ProactiveCare.Payments;

namespace ProactiveCare.Scenarios;

public sealed class RefundTests
{
    [Fact]
    public void A_rental_that_stalled_is_refunded_and_the_customer_knows_before_asking()
    {
        using var story = new Story("2026-03-14T18:00:00Z", jobs: "slow-video-stream");
        story.Customer("ada").Rental("p1", "ada").Watched("s1", "ada", "p1", stalled: 180);

        story.At("2026-03-14T18:20:00Z");
        Assert.Empty(story.Cases("ada"));

        story.At("2026-03-14T18:35:00Z");
        Assert.Equal(CaseState.Given, story.Case("ada").State);
        Assert.Equal(CreditState.Settling, Assert.Single(story.Credits()).State);
        Assert.Empty(story.Mails("ada"));

        story.BillingAnswers();
        Assert.Equal(CreditState.Settled, Assert.Single(story.Credits()).State);
        var mail = Assert.Single(story.Mails("ada"));
        Assert.Equal("sent", mail.State);
        Assert.Contains("$4.99", mail.Text);
        Assert.Contains("people@company.example", mail.Text);
        story.BooksBalance();
    }
}
