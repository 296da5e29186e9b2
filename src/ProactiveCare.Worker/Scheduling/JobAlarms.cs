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

    /// <summary>Makes up for a firing that came to nothing.</summary>
    internal static ITrigger Once(JobId id, string group, TimeProvider time) =>
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
            var detail = JobBuilder.Create<AlarmJob>().WithIdentity(KeyOf(job.Id)).DisallowConcurrentExecution(true)
                .RequestRecovery(true).Build();
            await scheduler!.ScheduleJob(detail, [trigger], ScheduleJobOptions.Replacing, cancellation);
            log.LogInformation("{Job} is scheduled {Words}.", job.Id, ScheduleWords.Of(job.Cron));
        }
        if (!set.Add(job.Id) || !job.Missed(time.Now())) return;
        try
        {
            // So called by every node, and those that start together wake it once.
            await scheduler!.ScheduleJob(Once(job.Id, "missed", time), cancellationToken: cancellation);
        }
        catch (ObjectAlreadyExistsException)
        {
            log.LogInformation("{Job} missed a firing, and another node makes up for it.", job.Id);
        }
    }
}

/// <summary>
/// What Quartz wakes. A firing is not lost with a database that is away for a while, nor with a worker whose schema has
/// gone on without it.
/// </summary>
internal sealed class AlarmJob(
    WorkerLoops loops, Vitals vitals, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<AlarmJob> log)
    : IJob
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var job = new JobId(context.JobDetail.Key.Name);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, lifetime.ApplicationStopping);
        try
        {
            while (!await Run(job, stopping.Token)) await Task.Delay(Again, time, stopping.Token);
        }
        catch (LeftBehindException e)
        {
            vitals.End = e;
            log.LogWarning("{Job} is left to a node of the newer version.", job);
            await LeaveToOthers(context.Scheduler, job);
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

    private async Task LeaveToOthers(IScheduler scheduler, JobId job)
    {
        try
        {
            await scheduler.Standby(CancellationToken.None);
            await scheduler.ScheduleJob(
                JobAlarms.Once(job, $"left by {scheduler.SchedulerInstanceId}", time),
                cancellationToken: CancellationToken.None);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    /// <returns>Whether it came to an end; false where the database was in trouble.</returns>
    private async Task<bool> Run(JobId job, CancellationToken stop)
    {
        try
        {
            await loops.RunJob(job, stop);
            return true;
        }
        catch (StorageException e) when (e is not LeftBehindException)
        {
            log.LogError(
                "{Job} could not run, and tries again in {Seconds} s. {Reason}", job, Again.TotalSeconds, e.Message);
            return false;
        }
    }
}
