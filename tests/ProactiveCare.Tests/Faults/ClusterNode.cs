using System.Globalization;
using System.Net.Sockets;
using ProactiveCare.Tests.Worker;

namespace ProactiveCare.Tests.Faults;

/// <summary>
/// One of several workers on a database, with a folder and a port of its own. A fault sets the time at which
/// it returns; <see cref="Tend"/> restarts it then.
/// </summary>
internal sealed class ClusterNode(Desk desk, string name) : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly int port = FreePort();
    private WorkerProcess? worker;
    private DateTime? back;

    public string Name => name;

    public Uri Url => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));

    /// <summary>Whether it runs: started, not ended and not paused.</summary>
    public bool Works => worker is { HasEnded: false } && back is null;

    /// <summary>Whether it runs and has reported its start.</summary>
    public bool Runs => Works && worker!.HasStarted;

    /// <summary>The number of its starts that failed without a database.</summary>
    public int Refusals { get; private set; }

    /// <summary>Unrequested exits, with the last output.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>The output of all its processes.</summary>
    public List<string> Said { get; } = [];

    public void Start()
    {
        back = null;
        worker = WorkerProcess.StartNode(
            desk, ("ProactiveCare__Node", name), ("ProactiveCare__Data", Path.Combine(desk.Path, name)),
            ("ProactiveCare__Http__Urls", Url.ToString()));
    }

    /// <summary>Kills it; it restarts after a while.</summary>
    public async Task Kill(TimeSpan away)
    {
        await worker!.Kill();
        back = DateTime.UtcNow + away;
    }

    /// <summary>Suspends it; it resumes after a while.</summary>
    public void Pause(TimeSpan away)
    {
        worker!.Signal("STOP");
        back = DateTime.UtcNow + away;
    }

    /// <summary>Resumes it when due, and restarts it if it has ended.</summary>
    public void Tend()
    {
        if (back is null && worker is { HasEnded: true }) Miss();
        if (back is { } due && due <= DateTime.UtcNow) Return();
    }

    /// <summary>Resumes or restarts it now.</summary>
    public void Return()
    {
        if (worker is { HasEnded: false })
        {
            if (back is not null) worker.Signal("CONT");
            back = null;
            return;
        }
        Forget();
        Start();
    }

    /// <summary>Asks it to stop.</summary>
    public async Task Stop()
    {
        worker!.Signal("TERM");
        await worker.Ended;
        if (worker.ExitCode != 0) Problems.Add($"Told to stop, {name} ended with {worker.ExitCode}: {LastWords}");
        Forget();
    }

    public void Dispose() => worker?.Dispose();

    private string LastWords => string.Join(" / ", worker!.Said.TakeLast(3));

    // A worker without its database at the start exits with a message; its supervisor restarts it.
    private void Miss()
    {
        if (!worker!.HasStarted && worker.ExitCode is 1 or 2) Refusals++;
        else Problems.Add($"{name} ended by itself with {worker.ExitCode}: {LastWords}");
        back = DateTime.UtcNow + Again;
    }

    private void Forget()
    {
        if (worker is null) return;
        Said.AddRange(worker.Said);
        worker.Dispose();
        worker = null;
    }

    // Below those that the system gives to connections, so that it is still free after the worker was away.
    private static int FreePort()
    {
        while (true)
        {
            var drawn = Random.Shared.Next(11_000, 19_000);
            try
            {
                using var listener = new TcpListener(System.Net.IPAddress.Loopback, drawn);
                listener.Start();
                return drawn;
            }
            catch (SocketException)
            {
                // The port is taken.
            }
        }
    }
}
