using System.Diagnostics;
using System.Globalization;
using ProactiveCare.Tests.Worker;

namespace ProactiveCare.Tests.Faults;

/// <summary>
/// Rounds of a worker on one shop after another: it starts on the state of the last round, is given work, and
/// is killed, at a random moment or at a named point. After each round everything is checked; now and then a worker is
/// allowed to finish.
/// </summary>
internal sealed class CrashRounds(int seed, Action<string> say) : IAsyncDisposable
{
    private const int RoundsOfAShop = 25;

    private static readonly List<string> Trouble =
        [" failed and", " failed;", " failed:", "error:", "unhandled", "trouble"];

    private readonly Random random = new(seed);
    private readonly SortedDictionary<string, int> killedAt = new(StringComparer.Ordinal);
    private readonly HashSet<string> complaints = new(StringComparer.Ordinal);
    private CrashShop? shop;
    private TimeSpan startUp = TimeSpan.FromSeconds(1);
    private int roundsOfShop;

    public int Rounds { get; private set; }

    public int Killed { get; private set; }

    public int Uncertain { get; private set; }

    public int Doubled { get; private set; }

    public int Mails { get; private set; }

    public int Paid { get; private set; }

    public int Confirmed { get; private set; }

    public TimeSpan LongestStop { get; private set; }

    public List<string> Problems { get; } = [];

    /// <summary>Points at which no worker could be killed.</summary>
    public List<string> Unreached { get; } = [];

    /// <summary>The errors that the worker logged.</summary>
    public IReadOnlyCollection<string> Complaints => complaints;

    public IReadOnlyDictionary<string, int> KilledAt => killedAt;

    /// <summary>The points that a working shop passes, each with its count.</summary>
    public async Task<IReadOnlyDictionary<string, int>> Record()
    {
        var current = await Shop();
        var log = Path.Combine(current.Desk.Path, "points");
        await Live(current, TimeSpan.FromSeconds(90), 28, ("PROACTIVE_CARE_CRASH_LOG", log));
        var points = File.ReadAllLines(log).CountBy(line => line).ToDictionary(StringComparer.Ordinal);
        await Finish();
        return points;
    }

    /// <summary>Kills at a random moment, sometimes before the worker listens.</summary>
    public async Task Randomly()
    {
        var current = await Shop();
        var early = random.NextDouble() < 0.3;
        var after = random.NextDouble() * startUp;
        var fromOutside = await Live(current, after, int.MaxValue, fromListening: !early);
        if (!fromOutside) Problems.Add("The worker ended by itself.");
        Count(early ? "(a random moment of starting)" : "(a random moment)");
        await CheckAndRenew(current);
    }

    /// <summary>Kills at a point when it is passed for the nth time.</summary>
    /// <returns>Whether it was passed that often while the worker was given time.</returns>
    public async Task<bool> At(string point, int time)
    {
        var current = await Shop();
        var at = string.Create(CultureInfo.InvariantCulture, $"{point}#{time}");
        var late = await Live(current, TimeSpan.FromSeconds(12), int.MaxValue, ("PROACTIVE_CARE_CRASH_AT", at));
        if (!late) Count(point);
        await CheckAndRenew(current);
        return !late;
    }

    /// <summary>Kills at the first pass of a point, in a new installation if no other passes it.</summary>
    public async Task AtOnce(string point)
    {
        if (await At(point, 1)) return;
        await Finish();
        if (!await At(point, 1)) Unreached.Add(point);
    }

    /// <summary>Stops the worker while commands come in.</summary>
    /// <returns>What it said, and how it ended.</returns>
    public async Task<(IReadOnlyList<string> Said, int ExitCode)> StopUnderLoad()
    {
        var current = await Shop();
        using var worker = WorkerProcess.Start(current.Desk);
        using var over = new CancellationTokenSource();
        var asking = Ask(current, worker, int.MaxValue, over.Token);
        while (current.Confirmed < 15) await Task.Delay(10, CancellationToken.None);
        await Stop(worker);
        await over.CancelAsync();
        await asking;
        Judge(current, thorough: true);
        return (worker.Said, worker.ExitCode);
    }

    /// <summary>Runs a worker until idle, stops it and checks the outcome.</summary>
    public async Task Finish()
    {
        if (shop is not { } current) return;
        using var worker = WorkerProcess.Start(current.Desk);
        await worker.Listening(current.Desk);
        await current.CloseDay();
        var watch = Stopwatch.StartNew();
        string moves;
        while ((moves = current.Moves()).Length > 0 && watch.Elapsed < TimeSpan.FromSeconds(60)) await Task.Delay(100);
        if (moves.Length > 0) Problems.Add("It does not come to rest: " + moves);
        await Stop(worker);
        if (worker.ExitCode != 0) Problems.Add($"Told to stop, the worker ended with {worker.ExitCode}.");
        Listen(worker);
        Judge(current, thorough: true);
        Problems.AddRange(current.WrongOutcomes());
        Uncertain += current.Look(OutsideWorld.Uncertain);
        Doubled += current.Look(db => OutsideWorld.Doubled(db, current.Relay));
        (Mails, Paid, Confirmed) =
            (Mails + current.Relay.Mails, Paid + current.Billing.Paid.Count, Confirmed + current.Confirmed);
        shop = null;
        await current.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (shop is not null) await shop.DisposeAsync();
    }

    private async Task Stop(WorkerProcess worker)
    {
        var watch = Stopwatch.StartNew();
        worker.Signal("TERM");
        await worker.Ended;
        if (watch.Elapsed > LongestStop) LongestStop = watch.Elapsed;
    }

    private async Task<CrashShop> Shop()
    {
        if (shop is not null) return shop;
        roundsOfShop = 0;
        shop = new CrashShop();
        var told = await shop.Desk.Type("db init");
        Assert.True(told.Code == 0, told.Error);
        return shop;
    }

    /// <returns>Whether it had to be killed from outside.</returns>
    private async Task<bool> Live(
        CrashShop current, TimeSpan most, int orders, params (string Name, string Value)[] environment) =>
        await Live(current, most, orders, fromListening: true, environment);

    private async Task<bool> Live(CrashShop current, TimeSpan most, int orders, bool fromListening,
        params (string Name, string Value)[] environment)
    {
        using var worker = WorkerProcess.Start(current.Desk, "run", environment);
        using var over = new CancellationTokenSource();
        var asking = Ask(current, worker, orders, over.Token);
        var watch = Stopwatch.StartNew();
        if (fromListening)
        {
            await worker.Listening(current.Desk);
            startUp = (startUp + watch.Elapsed) / 2;
        }
        await Task.WhenAny(Task.Delay(most, CancellationToken.None), worker.Ended, orders < int.MaxValue
            ? asking
            : worker.Ended);
        var fromOutside = !worker.HasEnded;
        await worker.Kill();
        await over.CancelAsync();
        await asking;
        Rounds++;
        Listen(worker);
        return fromOutside;
    }

    private static async Task Ask(CrashShop current, WorkerProcess worker, int orders, CancellationToken stop)
    {
        await worker.Listening(current.Desk);
        for (var i = 0; i < orders && !worker.HasEnded && !stop.IsCancellationRequested; i++)
        {
            await current.AskNext(stop);
            // Time for the effects of the command.
            if (orders < int.MaxValue) await Task.Delay(300, CancellationToken.None);
        }
    }

    private void Count(string point)
    {
        Killed++;
        killedAt[point] = killedAt.GetValueOrDefault(point) + 1;
    }

    private void Listen(WorkerProcess worker)
    {
        foreach (var line in worker.Said.Where(line => Trouble.Exists(word =>
            line.Contains(word, StringComparison.OrdinalIgnoreCase))))
        {
            complaints.Add(line.Length > 21 && char.IsAsciiDigit(line[0]) ? line[21..] : line);
        }
    }

    private async Task CheckAndRenew(CrashShop current)
    {
        Judge(current, thorough: roundsOfShop % 10 == 9);
        if (Rounds % 10 == 0) say($"{DateTime.UtcNow:HH:mm:ss} {Rounds} rounds, {Problems.Count} problems");
        if (++roundsOfShop == RoundsOfAShop) await Finish();
    }

    private void Judge(CrashShop current, bool thorough)
    {
        var broken = Invariants.Broken(current.Desk.Folder, thorough).Concat(current.Broken()).ToList();
        foreach (var problem in broken) say($"round {Rounds}: {problem}");
        Problems.AddRange(broken);
    }
}
