using NodaTime;

namespace ProactiveCare.Worker.Scheduling;

/// <summary>A job that is to be woken by the clock.</summary>
/// <param name="Id">The job.</param>
/// <param name="Cron">A Quartz cron expression.</param>
/// <param name="TimeZone">Whose clock it is read by.</param>
/// <param name="LastRun">When it last ran to its end; null when it never did.</param>
internal sealed record JobClock(JobId Id, string Cron, DateTimeZone TimeZone, Instant? LastRun)
{
    /// <summary>What people must know of it beside its schedule.</summary>
    public string? Note { get; init; }

    /// <summary>Whether a firing passed while nobody was there to hear it.</summary>
    public bool Missed(Instant now) =>
        LastRun is { } last && ScheduleWords.Next(Cron, TimeZone, last, 1) is [var due] && due <= now;
}
