using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Payments;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Hosting;

/// <summary>The worker's periodic tasks and triggered jobs, bound to the product.</summary>
internal sealed class WorkerTasks : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    // The first run of a job, a full outbox or a long outage may take this long.
    private static readonly TimeSpan Long = TimeSpan.FromHours(6);

    private readonly ILogger log;
    private IReadOnlyList<string> problems = [];

    public WorkerTasks(CareServices services, ProactiveCareSettings settings, ILogger log)
    {
        (Services, Settings, this.log) = (services, settings, log);
        var audit = new AuditTail(services.Store, log);
        Jobs = new TriggeredJobs(() => services.Store.Read(Clocks), RunJob) { ClockHolds = services.Clocks.Holds };
        ReloadJobs = Reload;
        Periodic =
        [
            new PeriodicTask(
                "releases", TimeSpan.FromSeconds(30), async _ => await services.Releases.RunOnce() > 0),
            PeriodicTask.Simple("settlement", TimeSpan.FromMinutes(1), _ => Settle()),
            PeriodicTask.Simple("delivery", Soon, Deliver) with { MayTake = Long },
            new PeriodicTask("sealing", TimeSpan.FromSeconds(5), async _ => await services.Seal() > 0),
            PeriodicTask.Simple("audit", Soon, _ =>
            {
                audit.LogNew();
                return Task.CompletedTask;
            }),
            PeriodicTask.Simple("alarms", TimeSpan.FromSeconds(30), _ => services.Watch()),
            PeriodicTask.Simple("clock", TimeSpan.FromSeconds(20), _ => services.Clocks.Check())
                with { LongestPause = TimeSpan.FromSeconds(30) },
            PeriodicTask.Simple("retention", TimeSpan.FromHours(1), Retain) with { MayTake = Long },
            .. Shared(),
        ];
        services.BecameDue += Wake;
    }

    /// <summary>The product that the tasks are bound to.</summary>
    public CareServices Services { get; }

    /// <summary>The operator's settings.</summary>
    public ProactiveCareSettings Settings { get; }

    /// <summary>The jobs that cron expressions trigger.</summary>
    public TriggeredJobs Jobs { get; init; }

    /// <summary>The periodic tasks.</summary>
    public IReadOnlyList<PeriodicTask> Periodic { get; init; }

    /// <summary>Reads the jobs folder again: at the start and after changes.</summary>
    public Func<CancellationToken, Task> ReloadJobs { get; init; }

    public void Dispose()
    {
        Services.BecameDue -= Wake;
        foreach (var task in Periodic) task.Dispose();
    }

    private void Wake(object? sender, EventArgs e)
    {
        foreach (var task in Periodic) task.Wake();
    }

    // In a file, rows are numbered as they are stored, and no other node exists that could leave runs.
    private IEnumerable<PeriodicTask> Shared() => Services.Store.IsShared
        ?
        [
            PeriodicTask.Simple("numbering", TimeSpan.FromSeconds(1), Services.Number),
            PeriodicTask.Simple("runs", Soon, ContinueRuns) with { MayTake = Long },
            PeriodicTask.Simple("check-ins", TimeSpan.FromSeconds(20), _ => QuartzStore.MendCheckIns(Services)),
        ]
        : [];

    // Every node processes shares of large runs, and runs of a node that died.
    private async Task ContinueRuns(CancellationToken stop)
    {
        foreach (var run in await Services.Runner.RunOnce(stop)) LogRun(run);
    }

    private List<JobClock> Clocks(System.Data.Common.DbConnection db)
    {
        var clocks = new List<JobClock>();
        foreach (var booked in JobBook.All(db).Where(job => job.Present))
        {
            if (Services.Book.Due(db, booked.Id) is not [var due, ..])
            {
                clocks.Add(new JobClock(booked.Id, "", DateTimeZone.Utc, null)
                {
                    IsReadable = false,
                    Note = "does not run: this program cannot read its version. See: proactive-care jobs list",
                });
                continue;
            }
            var schedule = due.Job.Schedule;
            var last = Runs.LastCompleted(db, booked.Id, due.Mode)?.StartedAt;
            clocks.Add(new JobClock(booked.Id, schedule.Cron, schedule.TimeZone, last) { Note = Note(booked) });
        }
        return clocks;
    }

    private static string? Note(BookedJob job) => job switch
    {
        { Active: null } => $"in shadow, pays nothing until: proactive-care jobs accept {job.Id}",
        { Waits: true } => $"its newest version waits for: proactive-care jobs accept {job.Id}",
        _ => null,
    };

    private async Task RunJob(JobId job, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        try
        {
            foreach (var run in await Services.Runner.RunDue(job, "schedule", stop: stop)) LogRun(run);
        }
        finally
        {
            Services.SignalDue();
        }
    }

    private void LogRun(Run run)
    {
        if (run.Error is { } error) log.LogError("{Job} failed: {Error}", run.JobId, error);
        else if (run.State == RunState.Completed && run.Found > 0)
            log.LogInformation(
                "{Job} ({Mode}) found {Found}, {New} of them new.", run.JobId, run.Mode, run.Found, run.NewCases);
        if (run.State == RunState.Completed && run.LeftOut > 0)
            log.LogWarning(
                "{Job} left out {Count} rows older than catchUp; they need a backfill.", run.JobId, run.LeftOut);
    }

    private async Task Reload(CancellationToken stop)
    {
        var loads = await Services.Intake.ReadAll();
        var wrong = loads.SelectMany(load => load.Problems.Select(problem => "A job's folder is wrong, and its last "
            + $"good version runs on: {load.Folder.Name}: {problem}"));
        var now = wrong.Concat(Services.Store.Read(Services.Book.Unreadable).Values).ToList();
        foreach (var problem in now.Except(problems, StringComparer.Ordinal)) log.LogError("{Problem}", problem);
        problems = now;
    }

    private async Task Settle()
    {
        var report = await Services.Settle();
        if (report.Sent > 0) log.LogInformation("Credits handed over to be refunded: {Count}.", report.Sent);
        if (report.Settled > 0) log.LogInformation("Credits settled: {Count}.", report.Settled);
        if (report.Troubles.Count > 0) throw new IOException(string.Join(' ', report.Troubles));
    }

    private async Task Deliver(CancellationToken stop)
    {
        var counts = await Services.Deliver(stop);
        if (counts.Sent > 0) log.LogInformation("Notices sent: {Count}.", counts.Sent);
        if (counts.RelayTrouble is { } trouble) throw new IOException($"The mail relay is in trouble: {trouble}");
    }

    private async Task Retain(CancellationToken stop)
    {
        var (deleted, behind) = await Services.Retain(Settings.TelemetryRetention, stop);
        if (behind)
        {
            log.LogWarning(
                "More than a day's telemetry is older than is kept; an hour deletes a day of it. If this machine's "
                + "clock is wrong, put it right and start the worker again.");
        }
        if (deleted > 0) log.LogInformation("Rows of telemetry older than is kept, and deleted: {Count}.", deleted);
    }
}
