using Dapper;
using ProactiveCare.Cases;
using ProactiveCare.Tests;

namespace ProactiveCare.Scenarios;

public sealed class ReplayTests
{
    [Fact]
    public void Decisions_of_every_version_replay_unchanged()
    {
        using var story = new Story(jobs: ["slow-video-stream", "failed-video-start"]);
        story.BadEvening("ada").Customer("bob").Watched("s-bob", "bob", "p-bob").Later(minutes: 35);
        story.With("share: 100%", "share: 50%").With("2500.00 USD", "3.00 USD").BadEvening("cyd").BadEvening("dan")
            .Later(minutes: 35);
        story.Rental("p-bob", "bob").Customer("eve").Rental("p-eve", "eve").FailedStart("s-eve", "eve", "p-eve")
            .Later(hours: 1);
        var replayed = 0;
        Assert.Empty(story.Read(db => DecisionLog.Replay(db, story.Product.Book, null, out replayed)));
        Assert.Equal(6, replayed);
    }

    [Fact]
    public void Tampered_facts_are_reported_with_their_case()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").BadEvening("bob").Later(minutes: 35);
        Assert.ThrowsAny<System.Data.Common.DbException>(() => Tamper(story));
        var on = TestDatabase.Server is null ? "" : " ON decision";
        story.Write(db => db.Execute("DROP TRIGGER decision_is_never_changed" + on));
        Tamper(story);
        var mismatch = Assert.Single(story.Replay());
        Assert.Equal(story.Case("bob").Id, mismatch.CaseId);
        Assert.Contains("owed 4.99 USD", mismatch.Recorded);
        Assert.Contains("owed 3.99 USD", mismatch.Replayed);
    }

    private static void Tamper(Story story) => story.Write(db => db.Execute(
        """
        UPDATE decision SET facts = replace(facts, '"paid":"4.99 USD"', '"paid":"3.99 USD"') WHERE case_id = @Id
        """,
        new { story.Case("bob").Id }));
}
