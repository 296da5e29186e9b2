using ProactiveCare.Notices;

namespace ProactiveCare.Scenarios;

public sealed class NoticeTests
{
    [Fact]
    public void Night_refund_is_announced_in_the_customers_morning()
    {
        using var story = new Story("2026-03-15T03:30:00Z", jobs: "slow-video-stream");
        story.BadEvening("ada").Customer("bob", zone: "America/Los_Angeles").Rental("p2", "bob")
            .Watched("s2", "bob", "p2");
        story.Later(minutes: 35).BillingAnswers();
        Assert.Equal("held", Assert.Single(story.Mails("ada")).State);
        Assert.Equal("sent", story.At("2026-03-15T12:00:00Z").Mails("ada")[0].State);
        Assert.Equal("held", Assert.Single(story.Mails("bob")).State);
        Assert.Equal("sent", story.At("2026-03-15T15:00:00Z").Mails("bob")[0].State);
    }

    [Fact]
    public void Address_corrected_overnight_is_used()
    {
        using var story = new Story("2026-03-15T03:30:00Z", jobs: "slow-video-stream");
        story.BadEvening("ada").Later(minutes: 35).BillingAnswers().Customer("ada", email: "ada@new.example");
        story.At("2026-03-15T12:00:00Z");
        Assert.Equal("ada@new.example", story.Scalar<string>("SELECT recipient FROM notice WHERE customer_id = 'ada'"));
        Assert.Equal("sent", Assert.Single(story.Mails("ada")).State);
    }

    [Fact]
    public void Fourth_message_of_a_day_is_sent_the_next_morning()
    {
        using var story = Story.OfSlowStreams();
        story.With("count: 3", "count: 9").Customer("ada");
        foreach (var film in (string[])["1", "2", "3", "4"]) story.Rental("p" + film, "ada")
            .Watched("s" + film, "ada", "p" + film);
        story.Later(minutes: 35).BillingAnswers();
        Assert.Equal(["sent", "sent", "sent", "held"], story.Mails("ada").Select(m => m.State));
        story.At("2026-03-15T12:00:00Z");
        Assert.All(story.Mails("ada"), mail => Assert.Equal("sent", mail.State));
    }

    [Fact]
    public void Customer_in_Hamburg_gets_German_text_and_local_times()
    {
        using var story = new Story("2026-03-16T12:00:00Z", jobs: "slow-video-stream");
        story.Customer("jan", locale: "de-DE", zone: "Europe/Berlin", currency: "EUR")
            .Rental("p1", "jan", "4.99", "EUR");
        story.Watched("s1", "jan", "p1").Later(minutes: 35).BillingAnswers();
        var mail = Assert.Single(story.Mails("jan"));
        Assert.Contains("Guten Tag Jan", mail.Text);
        Assert.Contains("4,99", mail.Text);
        Assert.Contains("12:30", mail.Text);
    }

    [Fact]
    public void Customer_without_a_time_zone_gets_that_of_their_home()
    {
        using var story = new Story("2026-03-15T03:00:00Z", jobs: "slow-video-stream");
        story.Customer("ada", zone: "").Home("ada", timeZone: "America/Denver").Rental("p1", "ada")
            .Watched("s1", "ada", "p1");
        story.Later(minutes: 35).BillingAnswers();
        Assert.Equal("quiet-hours (America/Denver of the premises, the customer's is unknown)",
            Assert.Single(story.Mails("ada")).Reason);
    }

    [Fact]
    public void Closed_account_is_refunded_without_a_notice()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Customer("ada", status: "closed").Later(minutes: 35).BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Equal(("suppressed", NoticeReason.CustomerClosed.Text),
            (story.Mails("ada")[0].State, story.Mails("ada")[0].Reason));
        Assert.Contains("was not sent, because the account is closed", story.Why("ada"));
    }

    [Fact]
    public void Mail_with_an_unknown_outcome_is_resent_unchanged()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35);
        story.Relay.Says = new SendResult(SendOutcome.Uncertain, "the line broke");
        var first = Assert.Single(story.BillingAnswers().Mails("ada"));
        Assert.Equal("uncertain", first.State);
        story.Relay.Says = null;
        var again = Assert.Single(story.Restart().Later(hours: 2).Mails("ada"));
        Assert.Equal(("sent", first.MessageId, first.Text), (again.State, again.MessageId, again.Text));
        var file = File.ReadAllText(Assert.Single(Directory.GetFiles(story.Folder.Inside("outbox"), "*.eml")));
        Assert.Contains(first.MessageId, file);
    }
}
