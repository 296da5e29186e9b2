using NodaTime;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;
using Quartz;

namespace ProactiveCare.Worker.Scheduling;

/// <summary>
/// Keeps one Quartz trigger for every active job. A firing only wakes the job, whose run means "everything due since
/// the last committed cursor": a missed, doubled or late one changes nothing but time.
/// </summary>
internal sealed class JobAlarms(
    ISchedulerFactory schedulers, WorkerLoops loops, TimeProvider time, ILogger<JobAlarms> log)
    : IHostedService, IDisposable
{
    private readonly SemaphoreSlim changing = new(1);
    private readonly Dictionary<JobId, JobClock> set = [];
    private IScheduler? scheduler;

    /// <summary>Whether firings are being heard.</summary>
    public bool Running { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        scheduler = await schedulers.GetScheduler(cancellationToken);
        await Set(loops.ActiveJobs(), cancellationToken);
        await scheduler.Start(cancellationToken);
        Running = true;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Running = false;
        // The runs see the worker stopping through their own token and end at the next batch.
        if (scheduler is not null) await scheduler.Shutdown(true, cancellationToken);
    }

    /// <summary>Makes the triggers those of the jobs, and leaves alone what is unchanged.</summary>
    public async Task Set(IReadOnlyList<JobClock> jobs, CancellationToken cancellation)
    {
        if (scheduler is null) return;
        await changing.WaitAsync(cancellation);
        try
        {
            foreach (var gone in set.Keys.Except(jobs.Select(job => job.Id)).ToList())
            {
                await scheduler.DeleteJob(KeyOf(gone), cancellation);
                set.Remove(gone);
                log.LogInformation("{Job} is no longer scheduled.", gone);
            }
            foreach (var job in jobs) await Set(job, cancellation);
        }
        finally
        {
            changing.Release();
        }
    }

    public void Dispose() => changing.Dispose();

    internal static JobKey KeyOf(JobId id) => new(id.Value, "jobs");

    private async Task Set(JobClock job, CancellationToken cancellation)
    {
        var known = set.GetValueOrDefault(job.Id);
        if (known is not null && known with { LastRun = job.LastRun } == job) return;
        var detail = JobBuilder.Create<AlarmJob>().WithIdentity(KeyOf(job.Id)).DisallowConcurrentExecution(true)
            .Build();
        // However many firings were missed, one run does all their work.
        var trigger = TriggerBuilder.Create(time)
            .WithIdentity(job.Id.Value, "jobs")
            .WithSchedule(CronScheduleBuilder.Create(job.Cron)
                .InTimeZone(ScheduleWords.Zone(job.TimeZone))
                .WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed))
            .Build();
        await scheduler!.ScheduleJob(detail, [trigger], ScheduleJobOptions.Replacing, cancellation);
        set[job.Id] = job;
        log.LogInformation("{Job} is scheduled {Words}.", job.Id, ScheduleWords.Of(job.Cron));
        if (known is null && job.Missed(time.Now()))
            await scheduler.TriggerJob(detail.Key, cancellationToken: cancellation);
    }
}

/// <summary>What Quartz wakes.</summary>
internal sealed class AlarmJob(WorkerLoops loops, IHostApplicationLifetime lifetime, ILogger<AlarmJob> log) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var job = new JobId(context.JobDetail.Key.Name);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, lifetime.ApplicationStopping);
        try
        {
            await loops.RunJob(job, stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            log.LogInformation("{Job} stopped between two batches; the next run goes on from there.", job);
        }
        catch (Exception e)
        {
            log.LogError(e, "{Job} failed; the next firing takes up what is due.", job);
        }
        loops.Wake();
    }
}
