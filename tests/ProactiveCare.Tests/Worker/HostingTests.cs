using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using ProactiveCare.Worker.Cli;
using ProactiveCare.Worker.Hosting;
using ProactiveCare.Worker.Http.Api;
using ProactiveCare.Worker.Http.Health;
using ProactiveCare.Worker.Scheduling;

namespace ProactiveCare.Tests.Worker;

public sealed class HostingTests
{
    [Theory]
    [InlineData("2026-03-14T05:59:59Z", "2026-03-13")]
    [InlineData("2026-03-14T06:00:00Z", "2026-03-14")]
    [InlineData("2026-03-14T22:59:00Z", "2026-03-14")]
    [InlineData("2026-03-14T23:30:00Z", "2026-03-14")]
    [InlineData("2026-03-29T00:59:59Z", "2026-03-28")]
    [InlineData("2026-03-29T05:00:00Z", "2026-03-29")]
    public void Summary_is_due_at_the_hour_of_the_companys_own_day(string now, string day)
    {
        var vienna = DateTimeZoneProviders.Tzdb["Europe/Vienna"];
        var due = DailySummary.LastDue(Time.Parse(now), new LocalTime(7, 0), vienna);
        Assert.Equal(day, NodaTime.Text.LocalDatePattern.Iso.Format(due));
    }

    [Fact]
    public async Task Failing_task_is_reported_once_pauses_longer_and_recovers()
    {
        var (health, calls, fail) = (Health(), 0, true);
        using var task = new PeriodicTask("mail", TimeSpan.FromMilliseconds(1), _ =>
        {
            Interlocked.Increment(ref calls);
            return fail ? throw new IOException("no relay") : Task.FromResult(false);
        });
        using var service = Service(task, health);
        await service.StartAsync(default);
        await RunningWorker.Until(() => health.All is [{ Ok: false, Problem: "no relay" }]);
        fail = false;
        await RunningWorker.Until(() => health.All is [{ Ok: true }]);
        Assert.InRange(calls, 2, 50);
        await service.StopAsync(default);
        Assert.True(PeriodicService.PauseAfter(3, TimeSpan.FromSeconds(2))
            > PeriodicService.PauseAfter(2, TimeSpan.FromSeconds(2)));
        Assert.Equal(TimeSpan.FromMinutes(5), PeriodicService.PauseAfter(1000, TimeSpan.FromSeconds(2)));
        Assert.True(PeriodicService.PauseAfter(1, TimeSpan.FromHours(1)) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Scheduler_without_its_database_logs_one_line()
    {
        using var text = new StringWriter();
        var away = new Quartz.JobPersistenceException("long", new Npgsql.NpgsqlException("Failed to connect"));
        new PlainLines().Write(
            new LogEntry<string>(LogLevel.Error, "Quartz.Core", default, "long\n  at", away, (state, _) => state),
            null, text);
        Assert.EndsWith(
            "Z ERROR    The scheduler cannot use the database now, and tries again. "
                + $"Failed to connect{Environment.NewLine}",
            text.ToString());
    }

    [Fact]
    public async Task Pausing_task_can_be_woken()
    {
        var calls = 0;
        using var task = new PeriodicTask("mail", TimeSpan.FromHours(1), _ =>
        {
            Interlocked.Increment(ref calls);
            return Task.FromResult(false);
        });
        using var service = Service(task, Health());
        await service.StartAsync(default);
        await RunningWorker.Until(() => Volatile.Read(ref calls) == 1);
        task.Wake();
        await RunningWorker.Until(() => Volatile.Read(ref calls) == 2);
        await service.StopAsync(default);
    }

    [Theory]
    [InlineData(0.5, "a.csv  [############............]  50 %  1,000 rows  100 rows/s")]
    [InlineData(null, "a.csv  1,000 rows  100 rows/s")]
    [InlineData(7.0, "a.csv  [########################] 100 %  1,000 rows  100 rows/s")]
    public void Progress_shows_rows_rate_and_the_share_where_it_is_known(double? share, string line) =>
        Assert.Equal(line, Progress.Line("a.csv", (1000, "rows"), share, TimeSpan.FromSeconds(10)));

    [Fact]
    public void Json_has_instants_in_utc_and_amounts_as_text_beside_their_currency()
    {
        var json = Json.Of(
            new { At = Time.Parse("2026-03-14T20:15:00+01:00"), Price = Money.Parse("20.00 USD"), Id = new CaseId(7) })
            .ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal);
        Assert.Equal("""{"at":"2026-03-14T19:15:00Z","price":{"amount":"20.00","currency":"USD"},"id":7}""", json);
    }

    private static HealthRegistry Health() =>
        new(new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), TimeProvider.System);

    private static PeriodicService Service(PeriodicTask task, HealthRegistry health) =>
        new(task, health, TimeProvider.System, NullLogger<PeriodicService>.Instance);
}
