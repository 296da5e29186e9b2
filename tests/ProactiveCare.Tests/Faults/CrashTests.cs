using ProactiveCare.Worker.Hosting;

namespace ProactiveCare.Tests.Faults;

/// <summary>
/// The short form: some random moments and a sample of the named points. <c>scripts/crash</c> runs the long one. On a
/// server a mail that was under way waits half an hour for its lease, longer than a test can.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Seed = 20261124;

    [Fact]
    public async Task Worker_that_is_killed_at_random_moments_loses_and_repeats_nothing()
    {
        TestDatabase.SkipUnlessFile();
        await using var rounds = new CrashRounds(Seed, output.WriteLine);
        for (var i = 0; i < 10; i++) await rounds.Randomly();
        await Close(rounds);
    }

    [Fact]
    public async Task Worker_that_is_killed_at_named_points_loses_and_repeats_nothing()
    {
        TestDatabase.SkipUnlessFile();
        await using var rounds = new CrashRounds(Seed, output.WriteLine);
        var points = await rounds.Record();
        foreach (var part in (string[])["JobRunner", "Settlement", "BillingFileGateway", "SmtpSession", "ImportBook",
            "Sealer"])
            Assert.Contains(points.Keys, point => point.StartsWith(part + ".", StringComparison.Ordinal));
        var sample = points.Keys.Order(StringComparer.Ordinal).ToArray();
        new Random(Seed).Shuffle(sample);
        foreach (var point in sample.Take(12)) await rounds.AtOnce(point);
        await Close(rounds);
    }

    [Fact]
    public async Task Worker_stopped_under_load_ends_within_its_time_and_loses_nothing()
    {
        TestDatabase.SkipUnlessFile();
        await using var rounds = new CrashRounds(Seed, output.WriteLine);
        var (said, code) = await rounds.StopUnderLoad();
        Assert.Equal(0, code);
        Assert.Contains("The worker has stopped; everything that was confirmed is on disk.", said);
        Assert.True(rounds.LongestStop < WorkerHost.TimeToStop, $"It took {rounds.LongestStop}.");
        await Close(rounds);
    }

    [Fact(Explicit = true)]
    public async Task Long_form_at_every_named_point()
    {
        TestDatabase.SkipUnlessFile();
        await using var rounds = new CrashRounds(LongForm.Setting("SEED", Seed), output.WriteLine);
        var points = await rounds.Record();
        output.WriteLine($"{points.Count} named points");
        foreach (var (point, times) in points.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            await rounds.AtOnce(point);
            if (times > 3) await rounds.At(point, times / 4 + 1);
        }
        await Close(rounds);
    }

    [Fact(Explicit = true)]
    public async Task Long_form_at_random_moments()
    {
        TestDatabase.SkipUnlessFile();
        await using var rounds = new CrashRounds(LongForm.Setting("SEED", Seed), output.WriteLine);
        for (var i = 0; i < LongForm.Setting("ROUNDS", 500); i++) await rounds.Randomly();
        await Close(rounds);
    }

    private async Task Close(CrashRounds rounds)
    {
        await rounds.Finish();
        output.WriteLine(CrashReport.Of(rounds));
        Assert.Empty(rounds.Problems);
        Assert.Empty(rounds.Unreached);
    }
}
