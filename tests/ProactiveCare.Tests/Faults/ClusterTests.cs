namespace ProactiveCare.Tests.Faults;

/// <summary>
/// Several workers on a server of their own. The short form has each kind of fault; <c>scripts/crash --cluster</c>
/// runs the long one.
/// </summary>
public sealed class ClusterTests(ITestOutputHelper output)
{
    private const int Seed = 20261127;

    [Fact]
    public async Task Workers_on_one_database_lose_and_repeat_nothing_under_faults()
    {
        TestDatabase.SkipUnlessServer();
        // As long as a worker is paused, which is longer than its leases.
        var rounds = new ClusterRounds(2, Seed, output.WriteLine) { Watch = TimeSpan.FromSeconds(40) };
        await rounds.Run(6);
        Close(rounds.Tally);
        Assert.True(rounds.Tally.Of("killed") > 0, "Nobody was killed.");
        Assert.True(rounds.Tally.Of("server crashes") > 0, "The server never crashed.");
        Assert.True(rounds.Tally.Of("customers due something") > 0, "Nobody came.");
    }

    [Fact(Explicit = true)]
    public async Task Long_form()
    {
        var rounds = new ClusterRounds(
            LongForm.Setting("WORKERS", 2), LongForm.Setting("SEED", Seed), output.WriteLine);
        await rounds.Run(LongForm.Setting("ROUNDS", 100));
        Close(rounds.Tally);
    }

    private void Close(ClusterTally tally)
    {
        output.WriteLine(tally.ToString());
        Assert.Empty(tally.Problems);
    }
}
