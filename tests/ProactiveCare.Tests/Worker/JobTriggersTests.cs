using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Tests.Worker;

/// <summary>The real host with jobs of the test: the firings of the clock, and changes of folders.</summary>
public sealed class JobTriggersTests : IAsyncLifetime
{
    private readonly Desk desk = new();
    private readonly ShiftedTime time = new();
    private readonly ConcurrentQueue<(JobId Job, Instant At)> woken = new();
    private volatile IReadOnlyList<JobClock> jobs = [];
    private int reloads;
    private int together;
    private int mostTogether;
    private Store store = null!;
    private WorkerTasks tasks = null!;
    private WebApplication app = null!;

    public async ValueTask InitializeAsync()
    {
        desk.Run("db init");
        Directory.CreateDirectory(Path.Combine(desk.Path, "jobs"));
        jobs =
        [
            Clock("every-second", "* * * * * ?"), Clock("slow", "* * * * * ?"), Clock("never-yet", "0 0 7 1 1 ?"),
            Clock("missed", "0 0 7 1 1 ?") with { LastRun = Time.Parse("2020-01-01T00:00:00Z") },
        ];
        var settings = SettingsFile.Load(desk.Path, null, null, null) with { Urls = [] };
        store = Store.Open(desk.Folder, time);
        var product = new CareServices(
            store, settings.Product, new MailFolder(Path.Combine(desk.Path, "outbox")), time,
            Random.Shared);
        tasks = new WorkerTasks(product, settings, NullLogger.Instance)
        {
            Jobs = new TriggeredJobs(() => jobs, Wake),
            ReloadJobs = _ => Task.FromResult(Interlocked.Increment(ref reloads)),
            Periodic = [],
        };
        app = WorkerHost.Build(tasks, time, NullLoggerFactory.Instance);
        await app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        tasks.Dispose();
        store.Dispose();
        desk.Dispose();
    }

    [Fact]
    public async Task Triggers_of_a_job_never_overlap_and_a_missed_one_fires_at_the_start()
    {
        await RunningWorker.Until(() => Count("every-second") >= 3 && Count("slow") >= 2 && Count("missed") == 1);
        Assert.Equal(0, Count("never-yet"));
        Assert.Equal(1, mostTogether);
    }

    [Fact]
    public async Task Jobs_go_on_when_a_clock_that_was_ahead_is_put_right()
    {
        await RunningWorker.Until(() => Count("every-second") >= 1);
        time.Ahead = TimeSpan.FromDays(1);
        var before = Count("every-second");
        await RunningWorker.Until(() => Count("every-second") >= before + 2);
        time.Ahead = TimeSpan.Zero;
        before = Count("every-second");
        await RunningWorker.Until(() => Count("every-second") >= before + 3);
        Assert.Equal(0, Count("never-yet"));
    }

    [Theory]
    [InlineData("0 0/5 * * * ?", "2026-03-14T12:05:00Z", false)]
    [InlineData("0 0/5 * * * ?", "2026-03-14T12:05:01Z", true)]
    [InlineData("0 0 7 1 1 ?", "2027-01-01T07:00:00Z", false)]
    [InlineData("0 0 7 1 1 ?", "2028-01-01T07:00:00Z", true)]
    [InlineData("0 0/1 * * * ?", "2026-03-14T12:04:00Z", false)]
    [InlineData("0/2 * * * * ?", "2026-03-14T12:02:59Z", false)]
    [InlineData("0 0/5 * * * ?", null, false)]
    public void Firing_is_too_far_if_the_schedule_has_one_before_it(string cron, string? firing, bool tooFar)
    {
        DateTimeOffset? at = firing is null ? null : Time.Parse(firing).ToDateTimeOffset();
        Assert.Equal(tooFar, Clock("j", cron).IsTooFar(at, Time.Parse("2026-03-14T12:02:58Z")));
    }

    [Fact]
    public async Task Failing_job_is_triggered_again()
    {
        jobs = [.. jobs, Clock("failing", "* * * * * ?")];
        await RunningWorker.Until(() => Count("failing") >= 2);
        Assert.True(app.Services.GetRequiredService<JobTriggers>().Running);
    }

    [Fact]
    public async Task Firing_survives_an_unavailable_database()
    {
        jobs = [.. jobs, Clock("away", "0 0 7 1 1 ?") with { LastRun = Time.Parse("2020-01-01T00:00:00Z") }];
        await RunningWorker.Until(() => Count("away") == 2);
    }

    [Fact]
    public async Task Changed_folder_is_reloaded_once_stable_and_a_removed_job_is_not_triggered()
    {
        await RunningWorker.Until(() => Count("every-second") >= 1);
        var before = reloads;
        for (var i = 0; i < 5; i++)
        {
            desk.File($"jobs/new/file{i}", "x");
            await Task.Delay(20);
        }
        await RunningWorker.Until(() => reloads > before);
        Assert.InRange(reloads - before, 1, 3);
        jobs = [];
        await RunningWorker.Until(
            () => woken.IsEmpty || time.Now() - woken.Last().At > Duration.FromSeconds(3));
    }

    private static JobClock Clock(string id, string cron) => new(new JobId(id), cron, DateTimeZone.Utc, null);

    private int Count(string job) => woken.Count(each => each.Job.Value == job);

    private async Task Wake(JobId job, CancellationToken stop)
    {
        woken.Enqueue((job, time.Now()));
        if (job.Value == "failing") throw new InvalidOperationException("It fails.");
        if (job.Value == "away" && Count("away") == 1) throw new StorageException("It is away.");
        if (job.Value != "slow") return;
        mostTogether = Math.Max(mostTogether, Interlocked.Increment(ref together));
        await Task.Delay(2500, stop);
        Interlocked.Decrement(ref together);
    }
}

/// <summary>The machine's clock, set ahead or back.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
