namespace ProactiveCare.Scenarios;

public sealed class SummaryTests
{
    [Fact]
    public void Morning_summary_gives_operators_and_finance_yesterdays_totals_and_open_work()
    {
        using var story = Story.OfSlowStreams();
        story.With("25.00 USD", "8.00 USD").BadEvening("ada").BadEvening("bob", "9.99").Later(minutes: 35)
            .BillingAnswers();
        story.At("2026-03-15T11:00:00Z").Summarise().Restart().Summarise();
        var mail = Assert.Single(story.StaffMails("fred@company.example"));
        Assert.Equal(("summary", "sent"), (mail.Event, mail.State));
        Assert.Contains("2026-03-14", mail.Subject);
        Assert.Contains("slow-video-stream: 1 given", mail.Text);
        Assert.Contains("slow-video-stream: 1 held, because an amount as high", mail.Text);
        Assert.Contains("4.99 USD has reached 1 customer", mail.Text);
        Assert.Contains("1 credit waits for you", mail.Text);
        Assert.Single(story.StaffMails("olga@company.example"));
    }

    [Fact]
    public void Credits_that_an_andon_holds_are_pending_and_wait_for_nobody()
    {
        using var story = Story.OfSlowStreams();
        story.Stop("andon").BadEvening("ada").Later(minutes: 35).At("2026-03-15T11:00:00Z").Summarise();
        var mail = Assert.Single(story.StaffMails("fred@company.example"));
        Assert.Contains("Nothing waits for you.", mail.Text);
        Assert.Contains("1 pending until an andon is released or there is budget.", mail.Text);
    }

    [Fact]
    public void Summary_of_a_quiet_day_says_so()
    {
        using var story = Story.OfSlowStreams();
        var mail = Assert.Single(story.At("2026-03-15T11:00:00Z").Summarise().StaffMails("fred@company.example"));
        Assert.Contains("Nothing was found, paid or sent.", mail.Text);
        Assert.Contains("Nothing waits for you.", mail.Text);
    }

    [Fact]
    public void Unanswered_refund_file_is_in_every_summary_after_a_day()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35).At("2026-03-15T11:00:00Z").Summarise();
        story.At("2026-03-16T11:00:00Z").Summarise();
        story.BillingAnswers().At("2026-03-17T11:00:00Z").Summarise();
        var named = story.StaffMails("fred@company.example")
            .Select(mail => mail.Text!.Contains("refunds-000001.csv", StringComparison.Ordinal));
        Assert.Equal([false, true, false], named);
    }
}
