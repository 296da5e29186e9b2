namespace ProactiveCare.Scenarios;

/// <summary>Unusable addresses, names, locales and zones cost the notice at most, never the money.</summary>
public sealed class MoneyNeedsNoMailTests
{
    [Theory]
    [InlineData("customer_id,status", "ada,active", "suppressed", "no-address")]
    [InlineData("customer_id,status,email", "ada,active,", "suppressed", "no-address")]
    [InlineData("customer_id,status,email", "ada,active,nobody", "suppressed", "bad-address: email 'nobody'")]
    [InlineData("customer_id,status,email", "ada,active,a@b@c.example", "suppressed", "bad-address: email 'a@b@c")]
    [InlineData("customer_id,status,email,name", "ada,Active,a@b.example,", "sent", null)]
    [InlineData("customer_id,status,email,locale", "ada,active,a@b.example,xx_Nowhere", "sent", null)]
    [InlineData("customer_id,status,email,locale", "ada,active,a@b.example,en_GB.UTF-8", "sent", null)]
    [InlineData("customer_id,status,email,time_zone", "ada,active,a@b.example,Mars/Base", "sent", null)]
    [InlineData("customer_id,status,email,time_zone", "ada,active,a@b.example,Eastern Standard Time", "sent", null)]
    [InlineData("customer_id,status,email", "ada,active,ada..b@docomo.example", "sent", null)]
    [InlineData("customer_id,status,email", "ada,active,\"\"\"a b\"\"@b.example\"", "sent", null)]
    public void Money_is_paid_and_the_notice_ends_once(string header, string row, string state, string? reason)
    {
        using var story = Story.OfSlowStreams();
        story.Given("customers", header + "\n" + row).Rental("p1", "ada").Watched("s1", "ada", "p1")
            .Later(minutes: 35).Later(minutes: 35).BillingAnswers().Later(days: 1);
        Assert.Equal("ada 4.99 USD", story.Paid());
        var mail = Assert.Single(story.Mails("ada"));
        Assert.Equal(("refunded", state), (mail.Event, mail.State));
        if (reason is null) Assert.Null(mail.Reason);
        else Assert.StartsWith(reason, mail.Reason, StringComparison.Ordinal);
        if (state == "sent") Assert.StartsWith("Hello,\n", mail.Text, StringComparison.Ordinal);
        story.BooksBalance();
    }

    [Fact]
    public void Explanation_says_what_was_left_out_until_it_is_corrected()
    {
        using var story = Story.OfSlowStreams();
        story.Given("customers", "customer_id,status,email,locale\nada,active,nobody,xx").Rental("p1", "ada")
            .Watched("s1", "ada", "p1").Later(minutes: 35);
        Assert.Contains(
            "email 'nobody' is not an address that mail can be sent to; locale 'xx' is not", story.Why("ada"));
        story.Customer("ada").Later(minutes: 35).BillingAnswers();
        Assert.DoesNotContain("nobody", story.Why("ada"));
        Assert.Equal("sent", Assert.Single(story.Mails("ada")).State);
    }

    [Fact]
    public void Purchase_and_session_stay_their_customers()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Customer("bob");
        Assert.Equal(1, story.Import("purchases", """
            purchase_id,customer_id,kind,title,amount,currency,purchased_at
            p-ada,bob,rental,Arrival,4.99,USD,2026-03-14T18:00:00Z
            """).Quarantined);
        Assert.Equal(1, story.Import("sessions", Story.Session("s-ada", "bob", "p-ada", 180, story.Now)).Quarantined);
        story.Later(minutes: 35).Later(minutes: 35).BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Empty(story.Cases("bob"));
    }

    [Fact]
    public void Share_of_rows_set_aside_is_an_alarm_until_they_are_stored_or_an_hour_old()
    {
        using var story = Story.OfSlowStreams();
        var contacts = "contact_id,contacted_at,customer_id,topic\n" + string.Concat(Enumerable.Range(0, 20)
            .Select(i => $"c{i},{(i == 0 ? "2026-13-01" : story.Now.Iso())},ada,t\n"));
        Assert.Equal(1, story.Import("contacts", contacts).Quarantined);
        Assert.DoesNotContain("the import rows-set-aside", story.Watch().OpenAlarms());
        Assert.Equal(1, story.Import("contacts", "contact_id,contacted_at,customer_id,topic\nx,,ada,t").Quarantined);
        Assert.Contains("the import rows-set-aside", story.Watch().OpenAlarms());
        Assert.Contains("the import rows-set-aside", story.Watch().OpenAlarms());
        var mail = Assert.Single(story.StaffMails(story.Ops.Email!), mail => mail.Event == "alarm");
        Assert.Contains("2 of 21 rows of the last hour are set aside", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("the import rows-set-aside", story.Later(hours: 2).Watch().OpenAlarms());
    }
}
