using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Health;
using Quartz;

namespace ProactiveCare.Worker.Scheduling;

/// <summary>
/// Keeps one Quartz trigger for every active job. A firing only starts a run, and a run processes everything due since
/// the last committed cursor, so a missed, doubled or late firing only changes the time. Where nodes share the
/// triggers, each node keeps them equal to the jobs and leaves those that are right untouched.
/// </summary>
internal sealed class JobTriggers(
    ISchedulerFactory schedulers, TriggeredJobs jobs, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<JobTriggers> log)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Dispute = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim changing = new(1);
    private readonly HashSet<JobId> set = [];
    private readonly Dictionary<JobId, long> setAnew = [];
    private IScheduler? scheduler;
    private CancellationTokenRegistration stopping;
    private int awake;

    /// <summary>Whether firings start runs.</summary>
    public bool Running { get; private set; }

    /// <summary>Cancelled when this worker begins to stop.</summary>
    public CancellationToken Stopping => lifetime.ApplicationStopping;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        scheduler = await Scheduler(cancellationToken);
        await Update(cancellationToken);
        await scheduler.Start(cancellationToken);
        // Later firings are left to other nodes: parts of this worker may take a while to stop.
        stopping = lifetime.ApplicationStopping.Register(() => _ = scheduler.Standby(CancellationToken.None).AsTask());
        Running = true;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Running = false;
        // The runs see through their own token that the worker stops, and end after the current batch.
        if (scheduler is null) return;
        try
        {
            // A scheduler that is shut down accepts no triggers, and a job that ends early leaves one for other nodes.
            while (Volatile.Read(ref awake) > 0) await Task.Delay(Moment, time, cancellationToken);
            // While its database is away, Quartz would retry forever to store that a job has ended.
            await scheduler.Shutdown(true, cancellationToken).AsTask().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            log.LogWarning("The scheduler could not sign off in time; the other nodes will see that it is gone.");
        }
    }

    /// <summary>Makes the stored triggers equal to the jobs and leaves those that are right untouched.</summary>
    public async Task Update(CancellationToken cancellation)
    {
        if (scheduler is null || Stopping.IsCancellationRequested) return;
        await changing.WaitAsync(cancellation);
        try
        {
            var clocks = jobs.Clocks();
            // The stored triggers are read each time: another node that read the jobs a moment earlier may have undone
            // the changes of this one.
            foreach (var gone in await Stored(scheduler, cancellation))
            {
                // The trigger of a job that this node cannot read serves the nodes that can.
                if (clocks.Any(job => KeyOf(job.Id) == gone)) continue;
                await scheduler.DeleteJob(gone, cancellation);
                set.Remove(new JobId(gone.Name));
                log.LogInformation("{Job} is no longer scheduled.", gone.Name);
            }
            var triggers = await scheduler.GetTriggers([.. clocks.Select(job => TriggerOf(job.Id))], cancellation);
            foreach (var job in clocks.Where(job => job.IsReadable))
                await Set(job, triggers.FirstOrDefault(t => t.Key == TriggerOf(job.Id)), cancellation);
        }
        finally
        {
            changing.Release();
        }
    }

    /// <summary>Does the work of a firing; the stop of the scheduler waits for it.</summary>
    public async Task Track(Func<Task> work)
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
    /// Stores a trigger so that another node does the work of this firing. Without another node the trigger ends with
    /// the scheduler, and the next start sees the missed firing.
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

    // Replaces a firing whose work was not done.
    private ITrigger Once(JobId id, string group) =>
        TriggerBuilder.Create(time).WithIdentity(id.Value, group).ForJob(KeyOf(id)).StartNow().Build();

    private static TriggerKey TriggerOf(JobId id) => new(id.Value, "jobs");

    private static Task<List<JobKey>> Stored(IScheduler scheduler, CancellationToken cancellation) =>
        scheduler.GetJobKeys(GroupMatcher<JobKey>.GroupEquals("jobs"), cancellation).AsTask();

    private static bool IsRight(ITrigger? stored, ITrigger wanted) =>
        stored is ICronTrigger has && wanted is ICronTrigger wants
        && has.CronExpressionString == wants.CronExpressionString && has.TimeZone.Id == wants.TimeZone.Id;

    // Only a clock that agrees with the server's knows, and two that disagree would set a trigger in turn.
    private bool SetsAnew(JobClock job, DateTimeOffset? firing)
    {
        if (!job.IsTooFar(firing, time.Now())
            || (setAnew.TryGetValue(job.Id, out var last) && time.GetElapsedTime(last) < Dispute)
            || !jobs.ClockHolds()) return false;
        setAnew[job.Id] = time.GetTimestamp();
        log.LogWarning(
            "The next firing of {Job} was set to {Firing:u}, later than its schedule allows: a clock was ahead. It is "
            + "set anew.", job.Id, firing);
        return true;
    }

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
        // One run does the work of all missed firings.
        var trigger = TriggerBuilder.Create(time)
            .WithIdentity(TriggerOf(job.Id))
            .WithSchedule(CronScheduleBuilder.Create(job.Cron)
                .InTimeZone(ScheduleWords.Zone(job.TimeZone))
                .WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed))
            .Build();
        var anew = IsRight(stored, trigger) && SetsAnew(job, stored!.NextFireTimeUtc);
        if (anew || !IsRight(stored, trigger))
        {
            var detail = JobBuilder.Create<TriggeredJob>().WithIdentity(KeyOf(job.Id)).DisallowConcurrentExecution(true)
                .RequestRecovery(true).Build();
            await scheduler!.ScheduleJob(detail, [trigger], ScheduleJobOptions.Replacing, cancellation);
            if (!anew) log.LogInformation("{Job} is scheduled {Words}.", job.Id, ScheduleWords.Of(job.Cron));
        }
        if (!set.Add(job.Id) || !job.Missed(time.Now())) return;
        try
        {
            // The name is the same on every node, so nodes that start together run the job once.
            await scheduler!.ScheduleJob(Once(job.Id, "missed"), cancellationToken: cancellation);
        }
        catch (ObjectAlreadyExistsException)
        {
            log.LogInformation("{Job} missed a firing, and another node makes up for it.", job.Id);
        }
    }
}

/// <summary>
/// Runs a job when its trigger fires. A firing is retried while the database is away, and left to another node when
/// this worker stops.
/// </summary>
internal sealed class TriggeredJob(
    TriggeredJobs jobs, JobTriggers triggers, HealthRegistry health, TimeProvider time, ILogger<TriggeredJob> log)
    : IJob
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var job = new JobId(context.JobDetail.Key.Name);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, triggers.Stopping);
        await triggers.Track(() => RunOrLeave(job, stopping.Token));
    }

    private async Task RunOrLeave(JobId job, CancellationToken stop)
    {
        try
        {
            await Run(job, stop);
        }
        catch (LeftBehindException e)
        {
            health.Stop(e);
            await triggers.LeaveToOthers(job);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogInformation("{Job} stopped between two batches; the next run goes on from there.", job);
            if (triggers.Stopping.IsCancellationRequested) await triggers.LeaveToOthers(job);
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
                await jobs.Run(job, stop);
                return;
            }
            catch (StorageException e) when (e is not LeftBehindException)
            {
                if (e.Message != trouble)
                    log.LogError("{Job} could not run, and tries again: {Reason}", job, e.Message);
                trouble = e.Message;
            }
            await Task.Delay(PeriodicService.PauseAfter(failures, Again), time, stop);
        }
    }
}
