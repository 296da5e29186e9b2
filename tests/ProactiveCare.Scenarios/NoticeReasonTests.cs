using Dapper;
using NodaTime;
using ProactiveCare.Notices;

namespace ProactiveCare.Scenarios;

/// <summary>
/// Every reason why a notice waits or is not sent has a story that ends in it, and words that can be read to Ada.
/// </summary>
public sealed class NoticeReasonTests
{
    private static readonly SendResult Gone = new(SendOutcome.RejectedFinal, "550 no such mailbox");
    private static readonly SendResult Full = new(SendOutcome.RejectedRetry, "452 mailbox full");
    private static readonly SendResult Silent = new(SendOutcome.Uncertain, "the connection broke after the dot");

    private static readonly Dictionary<string,
        (string State, string Words, Action<Story> Happens)> Stories = new(StringComparer.Ordinal)
    {
        [NoticeReason.UnknownCustomer.Text] = ("suppressed", "is not known any more", s =>
            s.Write(db => db.Execute("DELETE FROM customer WHERE customer_id = 'ada'"))),
        [NoticeReason.CustomerClosed.Text] = ("suppressed", "the account is closed", s =>
            s.Customer("ada", status: "closed")),
        [NoticeReason.CustomerDeceased.Text] = ("suppressed", "the account holder has died", s =>
            s.Customer("ada", status: "deceased")),
        [NoticeReason.Expired.Text] = ("suppressed", "too late to be of use", s =>
            s.Write(db => db.Execute("UPDATE notice SET expires_at = @Now", new { s.Now }))),
        [NoticeReason.NoAddress.Text] = ("suppressed", "no e-mail address", s =>
            s.Write(db => db.Execute("UPDATE customer SET email = ''"))),
        [NoticeReason.BadAddress.Text] = ("suppressed", "mail cannot be sent to the e-mail address", s =>
            s.Write(db => db.Execute("UPDATE customer SET email = 'nobody'"))),
        [NoticeReason.NotBefore.Text] = ("held", "its time has not come", s =>
            s.Write(db => db.Execute("UPDATE notice SET not_before_at = @until",
                new { until = s.Now + Duration.FromHours(1) }))),
        [NoticeReason.QuietHours.Text] = ("held", "it is night where the customer lives", s => s.Asleep(hours: 8)),
        [NoticeReason.DailyCap.Text] = ("held", "as many messages that day", s =>
        {
            foreach (var earlier in (string[])["1", "2", "3"]) s.Rental("q" + earlier, "ada")
                .Watched("t" + earlier, "ada", "q" + earlier);
        }),
        [NoticeReason.CannotBeWritten.Text] = ("suppressed", "its words could not be put together", s =>
            s.Write(db => db.Execute("UPDATE notice SET model = replace(model, '\"title\"', '\"none\"')"))),
        [NoticeReason.WordsUnreadable.Text] = ("held", "its words cannot be read now", s =>
            s.Write(db =>
            {
                db.Execute(
                    """
                    INSERT INTO job_version (job_id, version, files, proposed_at)
                    SELECT job_id, replace(version, substr(version, 1, 8), '00000000'), '{}', proposed_at
                    FROM job_version
                    """);
                db.Execute(
                    "UPDATE notice SET job_version = replace(job_version, substr(job_version, 1, 8), '00000000')");
            })),
        [NoticeReason.Refused.Text] = ("bounced", "the customer's mail server refused it", s => s.Relay.Says = Gone),
        [NoticeReason.GivenUp.Text] = ("bounced", "however often it was tried", s => Insist(s, Full)),
        [NoticeReason.WaitsForPerson.Text] = ("uncertain", "a person decides whether to send it again", s =>
        {
            s.Write(db => db.Execute("UPDATE notice SET topic = 'weather-safety'"));
            s.Relay.Says = Silent;
        }),
        [NoticeReason.MayHaveArrived.Text] = ("uncertain", "was tried often enough", s => Insist(s, Silent)),
    };

    public static TheoryData<string> Told => [.. Stories.Keys];

    [Theory]
    [MemberData(nameof(Told))]
    public void Reason_is_reached_and_explained(string reason)
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35);
        QueueOnly(story);
        Stories[reason].Happens(story);
        story.Later(minutes: 35).BillingAnswers();
        var mail = story.Mails("ada").Last(m => m.State != "sent");
        Assert.Equal(Stories[reason].State, mail.State);
        Assert.StartsWith(reason, mail.Reason, StringComparison.Ordinal);
        Assert.Contains(Stories[reason].Words, story.Why("ada"));
    }

    [Fact]
    public void Every_reason_has_a_story() => Assert.Equal(
        NoticeReason.All.Select(reason => reason.Text).Order(),
        Stories.Keys.Append(NoticeReason.Overtaken.Text).Append(UndoTests.UnsentReason).Order());

    [Fact]
    public void Review_is_not_announced_after_the_refund()
    {
        using var story = Story.OfSlowStreams();
        story.Relay.Says = new SendResult(SendOutcome.NotSent, "nobody there");
        story.With("25.00 USD", "3.00 USD").Asleep(hours: 8).BadEvening("ada").Later(minutes: 35);
        Assert.Equal(("held", "held"), story.Mails("ada").Select(m => (m.Event, m.State)).Single());
        story.Approve().BillingAnswers();
        Assert.Equal(
            [("held", "suppressed", NoticeReason.Overtaken.Text), ("refunded", "held", NoticeReason.QuietHours.Text)],
            story.Mails("ada").Select(m => (m.Event, m.State, m.Reason!.Split(' ')[0])));
        Assert.Contains("it was made right before the message could be sent", story.Why("ada"));
    }

    // The refund is accepted while the relay is away, so that its notice is queued and nothing has been tried.
    private static void QueueOnly(Story story)
    {
        story.Relay.Says = new SendResult(SendOutcome.NotSent, "nobody there");
        story.BillingAnswers();
        Assert.Equal("queued", Assert.Single(story.Mails("ada")).State);
        story.Relay.Says = null;
    }

    private static void Insist(Story story, SendResult answer)
    {
        story.Relay.Says = answer;
        for (var attempt = 1; attempt <= 3; attempt++) story.Later(hours: 1);
    }
}
