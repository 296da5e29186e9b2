using NodaTime;
using ProactiveCare.Payments;

namespace ProactiveCare.Scenarios;

/// <summary>Credits that were a mistake, or could not be paid; the customer who was told is told.</summary>
public sealed class UndoTests
{
    /// <summary>The reason of a notice that an undone credit leaves unsent.</summary>
    public const string UnsentReason = "undone";

    [Fact]
    public void Refund_by_mistake_is_written_off_and_the_customer_is_told_that_they_keep_it()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35).BillingAnswers();
        Undo(story);
        Assert.Equal(["refunded", "withdrawn"], story.Mails("ada").Select(mail => mail.Event));
        var mail = story.Mails("ada")[^1];
        Assert.Equal("$4.99 that we sent you by mistake is yours", mail.Subject);
        Assert.Contains("You keep the money.", mail.Text);
        Assert.Contains("was written-off: the meter was wrong", story.Why("ada"));
        story.Watched("s-ada", "ada", "p-ada", stalled: 300).Later(hours: 1);
        Assert.Single(story.Credits());
        story.BooksBalance();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Account_credit_by_mistake_is_taken_back_where_the_company_allows_it(bool readsLedger)
    {
        using var story = Story.OfSlowStreams();
        story.Set(settings => settings with
        {
            BillingReadsLedger = readsLedger,
            TakeBackWithin = Duration.FromDays(7),
        });
        story.Customer("ada", locale: "de-DE").Watched("s1", "ada", null).Later(minutes: 35).BillingAnswers();
        Undo(story);
        Assert.Equal(readsLedger ? 2 : 1, story.Mails("ada").Count);
        story.BillingAnswers();
        Assert.Equal(CreditState.Debited, story.Credit().State);
        Assert.Equal(["credited", "withdrawn"], story.Mails("ada").Select(mail => mail.Event));
        Assert.Equal("Wir haben USD\u00a01,00 wieder von Ihrem Kundenkonto genommen",
            story.Mails("ada")[^1].Subject!.Replace("1,00\u00a0USD", "USD\u00a01,00", StringComparison.Ordinal));
        Assert.Equal(0, story.Scalar<long>("SELECT SUM(reserved_minor) FROM budget"));
        story.BooksBalance();
    }

    [Fact]
    public void Customer_who_was_told_that_we_look_into_it_hears_that_nothing_comes()
    {
        using var story = Story.OfSlowStreams();
        story.With("25.00 USD", "3.00 USD").BadEvening("ada").Later(minutes: 35);
        story.Write(db => Approvals.Approve(
            db, story.Credit().Id, new Decider(story.Finance, []), null, story.Now));
        Undo(story);
        Assert.Equal(CreditState.Reversed, story.Credit().State);
        Assert.Equal(["held", "withdrawn"], story.Mails("ada").Select(mail => mail.Event));
        Assert.Contains("it will not be paid", story.Mails("ada")[^1].Text!.ReplaceLineEndings(" "));
        story.BooksBalance();
    }

    [Fact]
    public void Mail_that_has_not_left_is_not_sent_once_the_credit_is_undone()
    {
        using var story = Story.OfSlowStreams();
        story.Set(settings => settings with { BillingReadsLedger = true, TakeBackWithin = Duration.FromDays(7) });
        story.Customer("ada").Watched("s1", "ada", null).At("2026-03-15T02:00:00Z");
        Assert.Equal("held", Assert.Single(story.Mails("ada")).State);
        Undo(story);
        story.At("2026-03-15T16:00:00Z");
        Assert.Equal(("suppressed", UnsentReason), (story.Mails("ada")[0].State, story.Mails("ada")[0].Reason));
        Assert.Contains("the credit was taken back before the message could be sent", story.Why("ada"));
        Assert.Single(story.Mails("ada"));
        story.BooksBalance();
    }

    [Fact]
    public void Refused_refund_is_put_on_the_account_and_told_once_it_is_there()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35).BillingAnswers("refused");
        Assert.True(Assert.Single(Wait(story.Product.Credits.Convert(story.Finance, [story.Credit().Id]))).Done);
        story.GoOn();
        Assert.Empty(story.Mails("ada"));
        story.BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
        Assert.Equal("credited", Assert.Single(story.Mails("ada")).Event);
        Assert.Contains("turned into account credit 2", story.Why("ada"));
        story.BooksBalance();
    }

    [Fact]
    public void Refused_refund_is_written_off_in_silence_where_nobody_was_told()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35).BillingAnswers("refused");
        Undo(story);
        Assert.Equal(CreditState.Reversed, story.Credit().State);
        Assert.Empty(story.Mails("ada"));
        story.BooksBalance();
    }

    private static void Undo(Story story)
    {
        var (asks, credits) = (story.User("faye", "finance"), story.Product.Credits);
        Assert.True(Assert.Single(Wait(credits.AskToUndo(asks, [story.Credit().Id], "the meter was wrong"))).Done);
        Assert.False(Assert.Single(Wait(credits.ConfirmUndo(asks, [story.Credit().Id]))).Done);
        Assert.True(Assert.Single(Wait(credits.ConfirmUndo(story.Finance, [story.Credit().Id]))).Done);
        story.GoOn();
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
