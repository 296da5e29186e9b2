namespace ProactiveCare.Tests.Faults;

/// <summary>A worker suspended while a mail is in flight, longer than every timeout.</summary>
public sealed class SuspendedTests
{
    [Theory]
    [InlineData("+2h", "+2h")]
    [InlineData("-2h", "+0")]
    public async Task Worker_resumed_after_a_long_suspension_repeats_nothing(string meanwhile, string then)
    {
        TestDatabase.SkipUnlessFile();
        await using var shop = new CrashShop();
        Assert.Equal(0, (await shop.Desk.Type("db init")).Code);
        var clock = shop.Desk.File("clock", "+0");
        using var worker = WorkerProcess.Start(
            shop.Desk, "run", ("LD_PRELOAD", FakeTime), ("FAKETIME_TIMESTAMP_FILE", clock),
            ("FAKETIME_NO_CACHE", "1"), ("DONT_FAKE_MONOTONIC", "1"));
        await worker.Listening(shop.Desk);
        Assert.False(worker.HasEnded, string.Join('\n', worker.Said));
        var silence = new TaskCompletionSource();
        shop.Relay.Silence = silence.Task;
        for (var i = 0; i < 7; i++) await shop.AskNext(CancellationToken.None);
        await Until(() => shop.Relay.Mails > 0);

        worker.Signal("STOP");
        Set(meanwhile);
        silence.SetResult();
        await Task.Delay(200);
        worker.Signal("CONT");

        for (var i = 0; i < 7; i++) await shop.AskNext(CancellationToken.None);
        // Work due at two o'clock is not done while the clock shows noon again, but at two.
        Set(then);
        await shop.CloseDay();
        await Until(() => shop.Moves().Length == 0, shop.Moves);
        Assert.Empty(shop.Broken());
        worker.Signal("TERM");
        await worker.Ended;
        Assert.Equal(0, worker.ExitCode);
        Assert.Empty(Invariants.Broken(shop.Desk.Folder));
        Assert.Empty(shop.Broken());
        Assert.Empty(shop.WrongOutcomes());

        // Rename atomically: a partly written clock is invalid.
        void Set(string shift) => File.Move(shop.Desk.File("clock.new", shift), clock, overwrite: true);
    }

    private static string FakeTime => new[] { "/usr/lib", "/usr/lib64" }
        .Where(Directory.Exists)
        .SelectMany(root => Directory.GetDirectories(root).Prepend(root))
        .Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1"))
        .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("libfaketime is missing; scripts/test installs it.");

    private static async Task Until(Func<bool> so, Func<string>? why = null)
    {
        for (var i = 0; i < 1200 && !so(); i++) await Task.Delay(50);
        Assert.True(so(), "It did not happen within a minute: " + why?.Invoke());
    }
}
