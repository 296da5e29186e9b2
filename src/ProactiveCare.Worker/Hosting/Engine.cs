using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Payments;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Hosting;

/// <summary>Binds the product's steps to the worker's rhythm.</summary>
internal sealed class Engine : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    private readonly CareServices product;
    private readonly ProactiveCareSettings settings;
    private readonly ILogger log;
    private IReadOnlyList<string> problems = [];

    public Engine(CareServices product, ProactiveCareSettings settings, ILogger log)
    {
        (this.product, this.settings, this.log) = (product, settings, log);
        Loops = new WorkerLoops
        {
            ActiveJobs = () => product.Store.Read(Clocks),
            RunJob = RunJob,
            ReloadJobs = ReloadJobs,
            Tasks =
            [
                new PeriodicTask("releases", TimeSpan.FromSeconds(30), async _ => await product.Releases.RunOnce() > 0),
                new PeriodicTask("settlement", TimeSpan.FromMinutes(1), _ => Settle()),
                new PeriodicTask("delivery", Soon, Deliver),
                new PeriodicTask("sealing", TimeSpan.FromSeconds(5), async _ => await product.Seal() > 0),
                new PeriodicTask("alarms", TimeSpan.FromSeconds(30), async _ => await Rested(product.Watch())),
                new PeriodicTask("retention", TimeSpan.FromHours(1), Retain),
                .. Shared(),
            ],
            Summarise = (day, _) => product.Summarise(day),
            MailGoes = NoticeSection.Way(settings.Notices),
        };
    }

    public WorkerLoops Loops { get; }

    public void Dispose()
    {
        foreach (var chore in Loops.Tasks) chore.Dispose();
    }

    private static async Task<bool> Rested(Task work)
    {
        await work;
        return false;
    }

    private static Task<bool> Rested(Action work)
    {
        work();
        return Task.FromResult(false);
    }

    // In a file rows are numbered as they are stored, and no other node leaves anything.
    private IEnumerable<PeriodicTask> Shared() => product.Store.IsShared
        ?
        [
            new PeriodicTask("numbering", TimeSpan.FromSeconds(1), stop => Rested(product.Number(stop))),
            new PeriodicTask("runs", Soon, GoOn),
            new PeriodicTask("clock", TimeSpan.FromMinutes(1), _ => Rested(product.CompareClocks)),
        ]
        : [];

    // Large runs are everybody's, and so is what a node that died has left.
    private async Task<bool> GoOn(CancellationToken stop)
    {
        foreach (var run in await product.Runner.RunOnce(stop)) Say(run);
        return false;
    }

    private List<JobClock> Clocks(System.Data.Common.DbConnection db)
    {
        var clocks = new List<JobClock>();
        foreach (var booked in JobBook.All(db).Where(job => job.Present))
        {
            if (product.Book.Due(db, booked.Id) is not [var due, ..]) continue;
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
        foreach (var run in await product.Runner.RunDue(job, "schedule", stop: stop)) Say(run);
    }

    private void Say(Run run)
    {
        if (run.Error is { } error) log.LogError("{Job} failed: {Error}", run.JobId, error);
        else if (run is { State: "completed", Found: > 0 })
            log.LogInformation(
                "{Job} ({Mode}) found {Found}, {New} of them new.", run.JobId, run.Mode, run.Found, run.NewCases);
        if (run is { State: "completed", LeftOut: > 0 })
            log.LogWarning(
                "{Job} left out {Count} rows older than catchUp; they need a backfill.", run.JobId, run.LeftOut);
    }

    private async Task ReloadJobs(CancellationToken stop)
    {
        var loads = await product.Intake.ReadAll();
        var now = loads.SelectMany(load => load.Problems.Select(problem => $"{load.Folder.Name}: {problem}")).ToList();
        foreach (var problem in now.Except(problems, StringComparer.Ordinal))
            log.LogError("A job's folder is wrong, and its last good version runs on: {Problem}", problem);
        problems = now;
    }

    private async Task<bool> Settle()
    {
        var report = await product.Settle();
        if (report.Troubles.Count > 0) throw new IOException(string.Join(' ', report.Troubles));
        if (report.Settled == 0) return false;
        log.LogInformation("Credits settled: {Count}.", report.Settled);
        Loops.Wake();
        return false;
    }

    private async Task<bool> Deliver(CancellationToken stop)
    {
        var counts = await product.Deliver(stop);
        if (counts.Sent > 0) log.LogInformation("Notices sent: {Count}.", counts.Sent);
        if (counts.RelayTrouble is { } trouble) throw new IOException($"The mail relay is in trouble: {trouble}");
        return false;
    }

    private async Task<bool> Retain(CancellationToken stop)
    {
        var (deleted, behind) = await product.Retain(settings.TelemetryRetention, stop);
        if (behind)
        {
            log.LogWarning(
                "More than a day's telemetry is older than is kept; an hour deletes a day of it. If this machine's "
                + "clock is wrong, put it right and start the worker again.");
        }
        if (deleted > 0) log.LogInformation("Rows of telemetry older than is kept, and deleted: {Count}.", deleted);
        return false;
    }
}
