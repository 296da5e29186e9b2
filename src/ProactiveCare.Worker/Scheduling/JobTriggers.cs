using NodaTime;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;
using ProactiveCare.Worker.Http.Health;
using Quartz;

namespace ProactiveCare.Worker.Scheduling;

/// <summary>
/// Keeps one Quartz trigger for every active job. A firing only wakes the job, whose run means "everything due since
/// the last committed cursor": a missed, doubled or late one changes nothing but time. Where nodes share the triggers,
/// each of them sees to it that they are those of the jobs, and touches none that is right.
/// </summary>
internal sealed class JobTriggers(
    ISchedulerFactory schedulers, WorkerLoops loops, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<JobTriggers> log)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim changing = new(1);
    private readonly HashSet<JobId> set = [];
    private IScheduler? scheduler;
    private CancellationTokenRegistration stopping;
    private int awake;

    /// <summary>Whether firings are being heard.</summary>
    public bool Running { get; private set; }

    /// <summary>Ends when this worker begins to stop.</summary>
    public CancellationToken Stopping => lifetime.ApplicationStopping;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        scheduler = await Scheduler(cancellationToken);
        await Set(loops.ActiveJobs(), cancellationToken);
        await scheduler.Start(cancellationToken);
        // What fires from then on is for others: parts of this worker may take a while to stop.
        stopping = lifetime.ApplicationStopping.Register(() => _ = scheduler.Standby(CancellationToken.None).AsTask());
        Running = true;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Running = false;
        // The runs see the worker stopping through their own token and end at the next batch.
        if (scheduler is null) return;
        try
        {
            // A scheduler that is shut down takes no more triggers, and jobs that end leave one to the others.
            while (Volatile.Read(ref awake) > 0) await Task.Delay(Moment, time, cancellationToken);
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

    /// <summary>Has a woken job do its work, which the end of the scheduler waits for.</summary>
    public async Task Hold(Func<Task> work)
    {
        Interlocked.Increment(ref awake);
        try
        {
            await work();
        }
        finally
        {
            Interlocked.Decrement(ref awake);
        }
    }

    /// <summary>
    /// Has another node woken for what this one was woken for. Where there is none it ends with the scheduler, and the
    /// next start sees what was missed.
    /// </summary>
    public async Task LeaveToOthers(JobId job)
    {
        try
        {
            await scheduler!.Standby(CancellationToken.None);
            await scheduler.ScheduleJob(
                Once(job, $"left by {scheduler.SchedulerInstanceId}"), cancellationToken: CancellationToken.None);
        }
        catch (SchedulerException e)
        {
            log.LogWarning("{Job} could not be left to the other nodes: {Reason}", job, e.Message);
        }
    }

    public void Dispose()
    {
        stopping.Dispose();
        changing.Dispose();
    }

    internal static JobKey KeyOf(JobId id) => new(id.Value, "jobs");

    // Makes up for a firing that came to nothing.
    private ITrigger Once(JobId id, string group) =>
        TriggerBuilder.Create(time).WithIdentity(id.Value, group).ForJob(KeyOf(id)).StartNow().Build();

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
            var detail = JobBuilder.Create<TriggeredJob>().WithIdentity(KeyOf(job.Id)).DisallowConcurrentExecution(true)
                .RequestRecovery(true).Build();
            await scheduler!.ScheduleJob(detail, [trigger], ScheduleJobOptions.Replacing, cancellation);
            log.LogInformation("{Job} is scheduled {Words}.", job.Id, ScheduleWords.Of(job.Cron));
        }
        if (!set.Add(job.Id) || !job.Missed(time.Now())) return;
        try
        {
            // So called by every node, and those that start together wake it once.
            await scheduler!.ScheduleJob(Once(job.Id, "missed"), cancellationToken: cancellation);
        }
        catch (ObjectAlreadyExistsException)
        {
            log.LogInformation("{Job} missed a firing, and another node makes up for it.", job.Id);
        }
    }
}

/// <summary>
/// What Quartz wakes. A firing is not lost with a database that is away for a while, nor with a worker that stops: it
/// is left to the others.
/// </summary>
internal sealed class TriggeredJob(
    WorkerLoops loops, JobTriggers alarms, HealthRegistry vitals, TimeProvider time, ILogger<TriggeredJob> log) : IJob
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var job = new JobId(context.JobDetail.Key.Name);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, alarms.Stopping);
        await alarms.Hold(() => Wake(job, stopping.Token));
        loops.Wake();
    }

    private async Task Wake(JobId job, CancellationToken stop)
    {
        try
        {
            await Run(job, stop);
        }
        catch (LeftBehindException e)
        {
            vitals.Stop(e);
            await alarms.LeaveToOthers(job);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogInformation("{Job} stopped between two batches; the next run goes on from there.", job);
            if (alarms.Stopping.IsCancellationRequested) await alarms.LeaveToOthers(job);
        }
        catch (Exception e)
        {
            log.LogError(e, "{Job} failed; the next firing takes up what is due.", job);
        }
    }

    private async Task Run(JobId job, CancellationToken stop)
    {
        string? trouble = null;
        for (var failures = 1; ; failures++)
        {
            try
            {
                await loops.RunJob(job, stop);
                return;
            }
            catch (StorageException e) when (e is not LeftBehindException)
            {
                if (e.Message != trouble)
                    log.LogError("{Job} could not run, and tries again: {Reason}", job, e.Message);
                trouble = e.Message;
            }
            await Task.Delay(PeriodicService.Pause(Again, failures), time, stop);
        }
    }
}
