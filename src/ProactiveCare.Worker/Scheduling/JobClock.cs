namespace ProactiveCare.Worker.Scheduling;

/// <summary>The schedule of one job.</summary>
/// <param name="Id">The job.</param>
/// <param name="Cron">A Quartz cron expression.</param>
/// <param name="TimeZone">The time zone in which it is read.</param>
/// <param name="LastRun">The start of its last completed run; null when there is none.</param>
internal sealed record JobClock(JobId Id, string Cron, DateTimeZone TimeZone, Instant? LastRun)
{
    private static readonly Duration ClocksApart = Duration.FromSeconds(5);

    /// <summary>Whether this program can read the version that acts; the job does not run otherwise.</summary>
    public bool IsReadable { get; init; } = true;

    /// <summary>A remark for people beside the schedule.</summary>
    public string? Note { get; init; }

    /// <summary>Whether a firing lies further away than the schedule allows, by more than clocks differ: it was set by
    /// a clock that was ahead.</summary>
    public bool IsTooFar(DateTimeOffset? firing, Instant now) => firing is { } at
        && ScheduleWords.Next(Cron, TimeZone, now + ClocksApart, 1) is [var due]
        && Instant.FromDateTimeOffset(at) > due;

    /// <summary>Whether a firing passed while no worker ran.</summary>
    public bool Missed(Instant now) =>
        LastRun is { } last && ScheduleWords.Next(Cron, TimeZone, last, 1) is [var due] && due <= now;
}

/// <summary>The jobs that Quartz triggers, and the work behind a trigger.</summary>
/// <param name="Clocks">Reads the schedules of the jobs that are present now.</param>
/// <param name="Run">Processes everything due for one job.</param>
internal sealed record TriggeredJobs(Func<IReadOnlyList<JobClock>> Clocks, Func<JobId, CancellationToken, Task> Run)
{
    /// <summary>Whether this machine's clock may set triggers that others share.</summary>
    public Func<bool> ClockHolds { get; init; } = () => true;
}
