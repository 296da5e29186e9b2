using NodaTime;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;
using Quartz;

namespace ProactiveCare.Worker.Scheduling;

/// <summary>
/// Keeps one Quartz trigger for every active job. A firing only wakes the job, whose run means "everything due since
/// the last committed cursor": a missed, doubled or late one changes nothing but time. Where nodes share the triggers,
/// each of them sees to it that they are those of the jobs, and touches none that is right.
/// </summary>
internal sealed class JobAlarms(
    ISchedulerFactory schedulers, WorkerLoops loops, TimeProvider time, ILogger<JobAlarms> log)
    : IHostedService, IDisposable
{
    private readonly SemaphoreSlim changing = new(1);
    private readonly HashSet<JobId> set = [];
    private IScheduler? scheduler;

    /// <summary>Whether firings are being heard.</summary>
    public bool Running { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        scheduler = await Scheduler(cancellationToken);
        await Set(loops.ActiveJobs(), cancellationToken);
        await scheduler.Start(cancellationToken);
        Running = true;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Running = false;
        // The runs see the worker stopping through their own token and end at the next batch.
        if (scheduler is null) return;
        try
        {
            // Where its database is away, Quartz would try for ever to say that a job has ended.
            await scheduler.Shutdown(true, cancellationToken).AsTask().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            log.LogWarning("The scheduler could not take its leave in time; the other nodes will see that it is gone.");
        }
    }

    /// <summary>Makes the triggers those of the jobs, and leaves alone what is right.</summary>
    public async Task Set(IReadOnlyList<JobClock> jobs, CancellationToken cancellation)
    {
        if (scheduler is null) return;
        await changing.WaitAsync(cancellation);
        try
        {
            // What is stored is looked at each time: another node that read the jobs a moment earlier may have undone
            // what this one did.
            foreach (var gone in await Stored(scheduler, cancellation))
            {
                if (jobs.Any(job => KeyOf(job.Id) == gone)) continue;
                await scheduler.DeleteJob(gone, cancellation);
                set.Remove(new JobId(gone.Name));
                log.LogInformation("{Job} is no longer scheduled.", gone.Name);
            }
            var triggers = await scheduler.GetTriggers([.. jobs.Select(job => TriggerOf(job.Id))], cancellation);
            foreach (var job in jobs)
                await Set(job, triggers.FirstOrDefault(t => t.Key == TriggerOf(job.Id)), cancellation);
        }
        finally
        {
            changing.Release();
        }
    }

    public void Dispose() => changing.Dispose();

    internal static JobKey KeyOf(JobId id) => new(id.Value, "jobs");

    private static TriggerKey TriggerOf(JobId id) => new(id.Value, "jobs");

    private static Task<List<JobKey>> Stored(IScheduler scheduler, CancellationToken cancellation) =>
        scheduler.GetJobKeys(GroupMatcher<JobKey>.GroupEquals("jobs"), cancellation).AsTask();

    private static bool IsRight(ITrigger? stored, ITrigger wanted) =>
        stored is ICronTrigger has && wanted is ICronTrigger wants
        && has.CronExpressionString == wants.CronExpressionString && has.TimeZone.Id == wants.TimeZone.Id;

    private async Task<IScheduler> Scheduler(CancellationToken cancellation)
    {
        try
        {
            return await schedulers.GetScheduler(cancellation);
        }
        catch (SchedulerException e)
        {
            throw new StorageException($"The scheduler cannot use its tables: {e.Message}", e);
        }
    }

    private async Task Set(JobClock job, ITrigger? stored, CancellationToken cancellation)
    {
        // However many firings were missed, one run does all their work.
        var trigger = TriggerBuilder.Create(time)
            .WithIdentity(TriggerOf(job.Id))
            .WithSchedule(CronScheduleBuilder.Create(job.Cron)
                .InTimeZone(ScheduleWords.Zone(job.TimeZone))
                .WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed))
            .Build();
        if (!IsRight(stored, trigger))
        {
            var detail = JobBuilder.Create<AlarmJob>().WithIdentity(KeyOf(job.Id)).DisallowConcurrentExecution(true)
                .RequestRecovery(true).Build();
            await scheduler!.ScheduleJob(detail, [trigger], ScheduleJobOptions.Replacing, cancellation);
            log.LogInformation("{Job} is scheduled {Words}.", job.Id, ScheduleWords.Of(job.Cron));
        }
        if (set.Add(job.Id) && job.Missed(time.Now())) await CatchUp(job.Id, cancellation);
    }

    // Named, so that nodes which start together wake it once.
    private async Task CatchUp(JobId job, CancellationToken cancellation)
    {
        var once = TriggerBuilder.Create(time).WithIdentity(job.Value, "missed").ForJob(KeyOf(job)).StartNow().Build();
        try
        {
            await scheduler!.ScheduleJob(once, cancellationToken: cancellation);
        }
        catch (ObjectAlreadyExistsException)
        {
            log.LogInformation("{Job} missed a firing, and another node makes up for it.", job);
        }
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
