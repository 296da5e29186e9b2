using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Health;

namespace ProactiveCare.Worker.Hosting;

/// <summary>
/// Does a chore until the worker stops; a failing one rests longer and longer, and never stops the others. A worker
/// that the database's schema has left behind stops.
/// </summary>
internal sealed class PeriodicService(PeriodicTask chore, HealthRegistry vitals, TimeProvider time,
    ILogger<PeriodicService> log)
    : BackgroundService
{
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var more = await chore.Step(stoppingToken);
                failures = 0;
                vitals.Healthy(chore.Name);
                if (!more) await chore.Rest(chore.Every, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (LeftBehindException e)
            {
                vitals.Stop(e);
                return;
            }
            catch (Exception e)
            {
                if (vitals.Unhealthy(chore.Name, e.Message))
                    log.LogError(e, "{Chore} failed and is tried again.", chore.Name);
                await RestAfter(++failures, stoppingToken);
            }
        }
    }

    // Trouble is often short, such as a server that is started anew: a chore that rests for long when all is well does
    // not wait as long for the end of it.
    internal static TimeSpan Pause(TimeSpan every, int failures)
    {
        var first = Math.Clamp(every.Ticks, TimeSpan.TicksPerSecond, 2 * TimeSpan.TicksPerSecond);
        return TimeSpan.FromTicks(Math.Min(LongestRest.Ticks, first << Math.Min(failures, 12)));
    }

    private Task RestAfter(int failures, CancellationToken stopping) =>
        Task.Delay(Pause(chore.Every, failures), time, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
}
