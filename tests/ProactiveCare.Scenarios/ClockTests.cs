using ProactiveCare.Detection;
using ProactiveCare.Notices;

namespace ProactiveCare.Scenarios;

/// <summary>A machine's clock that is wrong for a while, across a restart.</summary>
public sealed class ClockTests
{
    [Theory]
    [InlineData("2026-03-14T18:30:00Z")]
    [InlineData("2025-03-14T19:30:00Z")]
    [InlineData("2026-03-15T20:00:00Z")]
    [InlineData("2027-03-14T19:30:00Z")]
    public void Clock_changes_repeat_and_lose_nothing_and_move_no_cursor_back(string wrong)
    {
        using var story = Story.OfSlowStreams();
        story.Later().BadEvening("ada").Later(minutes: 50).BillingAnswers();
        var cursor = Cursor(story);
        story.BadEvening("bob");

        story.At(wrong).BillingAnswers().Restart().Later(minutes: 1).BillingAnswers();
        Assert.True(Cursor(story) >= cursor);

        story.At("2026-03-14T20:00:00Z").BillingAnswers();
        // Rows left out by a wrong date are counted, and a backfill finds them.
        if (story.History().Any(run => run.LeftOut > 0)) story.Backfill(days: 2).BillingAnswers();
        Assert.Equal("ada 4.99 USD, bob 4.99 USD", story.Paid());
        Assert.Equal("sent", Assert.Single(story.Mails("ada")).State);
        Assert.Equal("sent", Assert.Single(story.Mails("bob")).State);
        story.Restart().Later(minutes: 5).BillingAnswers();
        Assert.Equal(2, story.Credits().Count);
        Assert.Equal(2, Directory.GetFiles(story.Folder.Inside("outbox")).Length);
        story.BooksBalance();
    }

    [Fact]
    public void Clock_that_was_ahead_is_noticed_and_holds_nothing_back_once_it_is_right()
    {
        using var story = Story.OfSlowStreams();
        story.Later().BadEvening("ada").Later(minutes: 40);
        var right = story.Now;
        story.Relay.Says = new SendResult(SendOutcome.NotSent, "nobody there", RelayTrouble: true);
        story.Later(days: 1).BillingAnswers();
        Assert.Equal("queued", Assert.Single(story.Mails("ada")).State);
        story.Relay.Says = null;

        story.At(right.Iso()).Watch();
        Assert.Contains("slow-video-stream clock-wrong", story.OpenAlarms());
        Assert.NotNull(story.Read(db => ClockCheck.LastAhead(db, story.Now)));
        Assert.Equal("sent", Assert.Single(story.CheckClocks().Later(minutes: 5).Mails("ada")).State);

        story.Later(days: 1, hours: 1).BadEvening("bob").Later(minutes: 5).Watch();
        Assert.Empty(story.OpenAlarms());
        Assert.Null(story.Read(db => ClockCheck.LastAhead(db, story.Now)));
        story.BooksBalance();
    }

    private static long Cursor(Story story) => story.Scalar<long>("SELECT arrival FROM cursor WHERE mode = 'live'");
}
