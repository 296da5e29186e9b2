using ProactiveCare.Worker.Http.Health;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Hosting;

/// <summary>Queues the daily summary at the hour and in the time zone that the settings name.</summary>
internal sealed class DailySummary(
    CareServices services, ProactiveCareSettings settings, HealthRegistry health, TimeProvider time,
    ILogger<DailySummary> log)
    : BackgroundService
{
    // A long wait would end at the wrong time when the machine's clock is set or the machine sleeps.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>The last day whose hour has passed.</summary>
    public static LocalDate LastDue(Instant now, LocalTime at, DateTimeZone zone)
    {
        var today = now.InZone(zone).Date;
        return today.At(at).InZoneLeniently(zone).ToInstant() <= now ? today : today.PlusDays(-1);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        LocalDate? done = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            var due = LastDue(time.Now(), settings.Summary.At, settings.Company.TimeZone);
            try
            {
                // There is no summary of days before the installation was created.
                done ??= LastDue(services.Store.Installation.CreatedAt, settings.Summary.At, settings.Company.TimeZone);
                if (due > done) await services.Summarise(due);
                done = due;
                health.Healthy("summary");
                await Task.Delay(LongestWait, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (health.Unhealthy("summary", e.Message))
                    log.LogError(e, "The daily summary failed and is tried again.");
                await Task.Delay(LongestWait, time, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }
}
