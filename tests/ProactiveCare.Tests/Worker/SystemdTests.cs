using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;
using ProactiveCare.Worker.Http.Api;
using ProactiveCare.Worker.Http.Health;
using ProactiveCare.Worker.Scheduling;

namespace ProactiveCare.Tests.Worker;

/// <summary>The unit file, and the notifications that the worker sends to systemd.</summary>
public sealed partial class SystemdTests : IDisposable
{
    private const string Unit = "scripts/proactive-care.service";

    private readonly Desk desk = new() { OsUser = OsUsers.Current };
    private readonly ConcurrentQueue<string> notified = new();
    private readonly Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public SystemdTests()
    {
        systemd.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _ = Task.Run(Receive);
    }

    private string SocketPath => Path.Combine(desk.Path, "notify");

    public void Dispose()
    {
        systemd.Dispose();
        desk.Dispose();
    }

    [Fact]
    public async Task Unit_is_valid_and_its_exposure_is_below_three()
    {
        // The programs of the unit are not installed here.
        var unit = desk.File("proactive-care.service", ExecStart().Replace(TidyTree.Read(Unit), "ExecStart=/bin/true"));
        var verified = await Run("systemd-analyze", ["verify", unit]);
        Assert.Equal((0, ""), verified);
        var (code, rated) = await Run("systemd-analyze", ["security", "--offline=true", "--no-pager", unit]);
        Assert.Equal(0, code);
        var exposure = double.Parse(Exposure().Match(rated).Groups["rate"].Value, CultureInfo.InvariantCulture);
        Assert.InRange(exposure, 0.1, 2.9);
    }

    [Fact]
    public void Unit_starts_the_worker_as_a_notifying_service_with_a_watchdog()
    {
        var unit = TidyTree.Read(Unit);
        foreach (var line in new[] { "Type=notify", "NotifyAccess=main", "WatchdogSec=2min", "UMask=0027" })
            Assert.Contains($"\n{line}\n", unit, StringComparison.Ordinal);
        Assert.Contains("proactive-care run ", ExecStart().Match(unit).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_notifies_its_start_its_life_and_its_stop()
    {
        desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        desk.Run("db init");
        var program = Path.Combine(AppContext.BaseDirectory, "proactive-care.dll");
        using var worker = Process.Start(new ProcessStartInfo("dotnet", [program, "run"])
        {
            WorkingDirectory = desk.Path,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["NOTIFY_SOCKET"] = SocketPath, ["WATCHDOG_USEC"] = "2000000" },
        })!;
        worker.BeginOutputReadLine();
        await RunningWorker.Until(() => notified.Contains("READY=1") && notified.Count(IsPing) >= 2);
        Assert.DoesNotContain("STOPPING=1", notified);
        using var kill = Process.Start("kill", ["-TERM", worker.Id.ToString(CultureInfo.InvariantCulture)]);
        await worker.WaitForExitAsync();
        await RunningWorker.Until(() => notified.Contains("STOPPING=1"));
        Assert.Equal(0, worker.ExitCode);
    }

    [Fact]
    public async Task Watchdog_gets_no_ping_while_a_task_hangs()
    {
        desk.Run("db init");
        using var store = Store.Open(desk.Folder, TimeProvider.System);
        var lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        var health = new HealthRegistry(lifetime, TimeProvider.System);
        var hangs = new TaskCompletionSource<bool>();
        using var task = new PeriodicTask("mail", TimeSpan.FromHours(1), _ => hangs.Task)
        {
            MayTake = TimeSpan.FromMilliseconds(100),
        };
        using var service = new PeriodicService(
            task, health, TimeProvider.System, NullLogger<PeriodicService>.Instance);
        await service.StartAsync(default);
        await RunningWorker.Until(() => health.Hung.Contains("mail"));
        using var watchdog = await Watchdog(store, health, lifetime);
        await NoPing();
        hangs.SetResult(false);
        await RunningWorker.Until(() => notified.Any(IsPing));
        await watchdog.StopAsync(default);
        await service.StopAsync(default);
    }

    [Fact]
    public async Task Watchdog_gets_no_ping_while_commits_are_stuck()
    {
        desk.Run("db init");
        using var store = Store.Open(desk.Folder, TimeProvider.System);
        new PumpThread(store).Start();
        using var stuck = new ManualResetEventSlim();
        var write = store.Write(_ => stuck.Wait());
        var lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        using var watchdog = await Watchdog(store, new HealthRegistry(lifetime, TimeProvider.System), lifetime);
        await NoPing();
        stuck.Set();
        await write;
        await RunningWorker.Until(() => notified.Any(IsPing));
        await watchdog.StopAsync(default);
    }

    private async Task<SystemdWatchdog> Watchdog(Store store, HealthRegistry health, ApplicationLifetime lifetime)
    {
        var watchdog = new SystemdWatchdog(
            new SystemdNotifications(SocketPath, TimeSpan.FromMilliseconds(200)), store, health, lifetime,
            NullLogger<SystemdWatchdog>.Instance);
        await watchdog.StartAsync(default);
        return watchdog;
    }

    private async Task NoPing()
    {
        await Task.Delay(600);
        Assert.DoesNotContain(notified, IsPing);
    }

    private static bool IsPing(string state) => state == "WATCHDOG=1";

    private async Task Receive()
    {
        var buffer = new byte[1024];
        try
        {
            while (true) notified.Enqueue(Encoding.UTF8.GetString(buffer, 0, await systemd.ReceiveAsync(buffer)));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task<(int Code, string Output)> Run(string program, string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    [GeneratedRegex("^ExecStart=.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex ExecStart();

    [GeneratedRegex("Overall exposure level for [^:]*: (?<rate>[0-9.]+) ", RegexOptions.None, 1000)]
    private static partial Regex Exposure();
}
