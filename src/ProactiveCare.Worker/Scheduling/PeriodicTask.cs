using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Health;

namespace ProactiveCare.Worker.Scheduling;

/// <summary>A task that runs repeatedly, in bounded steps.</summary>
/// <param name="Name">Its name in the log and in the health check.</param>
/// <param name="Every">The pause when nothing is due.</param>
/// <param name="Step">Runs one bounded step; returns whether more is due immediately.</param>
internal sealed record PeriodicTask(string Name, TimeSpan Every, Func<CancellationToken, Task<bool>> Step) : IDisposable
{
    private readonly SemaphoreSlim woken = new(0, 1);

    /// <summary>The longest pause after failures; null for 5 minutes.</summary>
    public TimeSpan? LongestPause { get; init; }

    /// <summary>The longest time of one step; a step that takes longer counts as hung.</summary>
    public TimeSpan MayTake { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A task whose steps are always complete.</summary>
    public static PeriodicTask Simple(string name, TimeSpan every, Func<CancellationToken, Task> step) =>
        new(name, every, async stop =>
        {
            await step(stop);
            return false;
        });

    /// <summary>Ends the pause.</summary>
    public void Wake()
    {
        try
        {
            woken.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // It is awake already, or the worker stops.
        }
    }

    /// <summary>Pauses until the time is over or <see cref="Wake"/> is called.</summary>
    public async Task Pause(TimeSpan pause, TimeProvider time, CancellationToken cancellation)
    {
        using var over = new CancellationTokenSource(pause, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellation);
        try
        {
            await woken.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }

    public void Dispose() => woken.Dispose();
}

/// <summary>
/// Runs a periodic task until the worker stops. A failing task is retried with growing pauses and never
/// stops the others. A worker whose database has a newer schema stops.
/// </summary>
internal sealed class PeriodicService(
    PeriodicTask task, HealthRegistry health, TimeProvider time, ILogger<PeriodicService> log)
    : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var more = await health.Watch(task.Name, task.MayTake, () => task.Step(stoppingToken));
                failures = 0;
                health.Healthy(task.Name);
                if (!more) await task.Pause(task.Every, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (LeftBehindException e)
            {
                health.Stop(e);
                return;
            }
            catch (Exception e)
            {
                if (health.Unhealthy(task.Name, e.Message))
                    log.LogError(e, "{Task} failed and is tried again.", task.Name);
                await Task.Delay(PauseAfter(++failures, task.Every, task.LongestPause), time, stoppingToken)
                    .ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    /// <summary>The pause after failures in a row. The first retries come soon even for a task with a long period,
    /// because outages are often short, such as a server restart.</summary>
    internal static TimeSpan PauseAfter(int failures, TimeSpan every, TimeSpan? longest = null)
    {
        var first = Math.Clamp(every.Ticks, TimeSpan.TicksPerSecond, 2 * TimeSpan.TicksPerSecond);
        return TimeSpan.FromTicks(Math.Min((longest ?? LongestPause).Ticks, first << Math.Min(failures, 12)));
    }
}
