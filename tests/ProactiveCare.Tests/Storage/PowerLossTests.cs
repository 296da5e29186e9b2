using ProactiveCare.PowerLoss;

namespace ProactiveCare.Tests.Storage;

/// <summary>A short form of <c>scripts/power-loss</c>.</summary>
public sealed class PowerLossTests(PowerLossTests.Day day) : IClassFixture<PowerLossTests.Day>
{
    [Fact]
    public void Power_loss_at_any_moment_loses_nothing_acknowledged_and_repeats_no_payment_or_mail()
    {
        TestDatabase.SkipUnlessFile();
        var outcome = Rounds.Run(day.Recording, Day.Hours, new Plan(Images: 120, Seed: 1));
        Assert.Empty(outcome.Problems);
        Assert.Equal((120, 15), (outcome.Images, outcome.WentOn));
    }

    [Fact]
    public void Without_a_sync_at_each_commit_acknowledged_work_is_lost_in_many_images()
    {
        TestDatabase.SkipUnlessFile();
        var plan = new Plan(Images: 40, Seed: 1, GoOnEvery: 100, AsNormal: true);
        Assert.InRange(Rounds.Run(day.Recording, Day.Hours, plan).Lost, 10, 40);
    }

    [Theory]
    [InlineData(Recording.FailingSync)]
    [InlineData(Recording.FailingAtOnce)]
    public void Acknowledgement_after_a_failed_fsync_does_not_rely_on_its_lost_writes(string failingSync)
    {
        TestDatabase.SkipUnlessFile();
        var failing = Recording.Of(Day.Hours, failingSync);
        Assert.Contains(failing.Ops, op => op is SyncFailed);
        Assert.Empty(Rounds.Run(failing, Day.Hours, new Plan(Images: 60, Seed: 1)).Problems);
    }

    /// <summary>Two hours of the company, recorded once.</summary>
    public sealed class Day
    {
        internal static IReadOnlyList<Hour> Hours { get; } = Recording.Day(hours: 2, customers: 15);

        private readonly Lazy<Recording> recording = new(() => Recording.Of(Hours));

        internal Recording Recording => recording.Value;
    }
}
