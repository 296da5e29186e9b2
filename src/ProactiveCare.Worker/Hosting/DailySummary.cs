using NodaTime;
using ProactiveCare.Worker.Http.Health;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Hosting;

/// <summary>Has the day's summary sent at the hour that the company set, in its own time zone.</summary>
internal sealed class DailySummary(
    CareServices care, ProactiveCareSettings settings, WorkerLoops loops, HealthRegistry vitals, TimeProvider time, ILogger<DailySummary> log)
    : BackgroundService
{
    // A long wait would be wrong after the machine's clock is set or it sleeps.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>The last day whose hour has struck.</summary>
    public static LocalDate LastDue(Instant now, LocalTime at, DateTimeZone zone)
    {
        var today = now.InZone(zone).Date;
        return today.At(at).InZoneLeniently(zone).ToInstant() <= now ? today : today.PlusDays(-1);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var summarise = loops.Summarise!;
        LocalDate? done = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            var due = LastDue(time.Now(), settings.Summary.At, settings.Company.TimeZone);
            try
            {
                // Nobody is told of the days before there was anything.
                done ??= LastDue(care.Store.Installation.CreatedAt, settings.Summary.At, settings.Company.TimeZone);
                if (due > done) await summarise(due, stoppingToken);
                done = due;
                vitals.Healthy("summary");
                await Task.Delay(LongestWait, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (vitals.Unhealthy("summary", e.Message)) log.LogError(e,
                    "The daily summary failed and is tried again.");
                await Task.Delay(LongestWait, time, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }
}
