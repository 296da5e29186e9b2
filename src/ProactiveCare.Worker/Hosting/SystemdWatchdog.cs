using System.Net.Sockets;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Health;

namespace ProactiveCare.Worker.Hosting;

/// <summary>Reports to systemd that the worker is ready, is stopping, and is alive. It pings the watchdog only after a
/// commit of its own, and only while no periodic task hangs, so that systemd restarts a worker whose commits or tasks
/// are stuck.</summary>
/// <param name="notifications">Systemd's socket and the watchdog's time.</param>
/// <param name="store">The store whose commits are watched; a database that is away counts as alive.</param>
/// <param name="health">The running steps of all tasks.</param>
/// <param name="lifetime">The start and the stop of the host.</param>
/// <param name="log">The log.</param>
internal sealed class SystemdWatchdog(
    SystemdNotifications notifications, Store store, HealthRegistry health, IHostApplicationLifetime lifetime,
    ILogger<SystemdWatchdog> log)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var started = lifetime.ApplicationStarted.Register(() => Notify("READY=1"));
        await using var stopping = lifetime.ApplicationStopping.Register(() => Notify("STOPPING=1"));
        IReadOnlyList<string> before = [];
        while (notifications.WatchdogTime is { } time)
        {
            await Commit(stoppingToken);
            var hung = health.Hung;
            foreach (var task in hung.Except(before, StringComparer.Ordinal))
                log.LogCritical("{Task} hangs, so the watchdog gets no ping and systemd restarts the worker.", task);
            before = hung;
            if (hung.Count == 0) Notify("WATCHDOG=1");
            await Task.Delay(time / 4, stoppingToken);
        }
        await Task.Delay(Timeout.Infinite, stoppingToken);
    }

    private void Notify(string state)
    {
        try
        {
            notifications.Send(state);
        }
        catch (SocketException e)
        {
            log.LogError("Systemd could not be notified of {State}: {Reason}", state, e.Message);
        }
    }

    private async Task Commit(CancellationToken stopping)
    {
        try
        {
            await store.Write(_ => { }).WaitAsync(stopping);
        }
        catch (StorageException)
        {
            // The commit ended, so the pump is not stuck; the health check reports the database.
        }
    }
}

/// <summary>The notifications of sd_notify(3): datagrams to the socket that systemd names.</summary>
/// <param name="Socket">The path of the socket; null without systemd.</param>
/// <param name="WatchdogTime">The longest time between two pings; null without a watchdog.</param>
internal sealed record SystemdNotifications(string? Socket, TimeSpan? WatchdogTime)
{
    public static SystemdNotifications OfThisProcess() => new(
        Environment.GetEnvironmentVariable("NOTIFY_SOCKET"),
        Number("WATCHDOG_USEC") is { } time
            && (Number("WATCHDOG_PID") ?? Environment.ProcessId) == Environment.ProcessId
            ? TimeSpan.FromMicroseconds(time)
            : null);

    public void Send(string state)
    {
        if (Socket is null) return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        // A path that begins with @ is in the abstract name space.
        var path = Socket.StartsWith('@') ? "\0" + Socket[1..] : Socket;
        socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path));
    }

    private static long? Number(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
