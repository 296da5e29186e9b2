using ProactiveCare.Stories;

namespace ProactiveCare.Scenarios;

/// <summary>The short form of scripts/stories.</summary>
public sealed class DrawnStoriesTests(DrawnStoriesTests.Told told) : IClassFixture<DrawnStoriesTests.Told>
{
    // What the generator has to reach, or it proves nothing about it.
    private static readonly string[] Reached =
    [
        "credit settled", "credit pending", "credit rejected", "credit reversed",
        "payment refused", "notice refunded sent", "notice credited sent", "notice held sent",
        "case refused refunded-elsewhere", "case refused cared-for-already",
    ];

    public static TheoryData<string> Plants => new(Plant.All.Select(plant => plant.Name));

    [Fact]
    public void Two_hundred_drawn_stories_pay_nothing_twice_and_lose_nothing() =>
        Assert.Equal("", string.Join('\n', told.Failures));

    [Fact]
    public void Stories_reach_every_end_of_a_credit()
    {
        TestDatabase.SkipUnlessFile();
        Assert.Empty(Reached.Except(told.Runs.Tally.Stories.Keys));
    }

    [Theory]
    [MemberData(nameof(Plants))]
    public void Planted_fault_is_found(string name)
    {
        TestDatabase.SkipUnlessFile();
        var found = told.Runs.Find(Plant.All.Single(plant => plant.Name == name), seed: 1, most: 200);
        Assert.NotNull(found);
        Assert.NotEmpty(found.Problems);
    }

    /// <summary>The stories, lived through once for all tests: fewer on a server, which takes its time.</summary>
    public sealed class Told : IDisposable
    {
        internal Runs Runs { get; } = Runs.Here();

        internal IReadOnlyList<Failure> Failures { get; }

        public Told() => Failures = Runs.Many(TestDatabase.Server is null ? 200 : 40, seed: 1, () => { });

        public void Dispose() => Runs.Dispose();
    }
}
