using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;

namespace ProactiveCare.Jobs;

/// <summary>What a stop of a job holds back.</summary>
public sealed class StopKind : Code<StopKind>
{
    /// <summary>No runs.</summary>
    public static readonly StopKind Pause = new("pause");

    /// <summary>Runs go on, and nothing approved is paid.</summary>
    public static readonly StopKind Andon = new("andon");

    private StopKind(string text) : base(text)
    {
    }
}

/// <summary>A stop of a job.</summary>
/// <param name="Kind">What it holds back.</param>
/// <param name="Reason">Why, in somebody's words.</param>
/// <param name="By">Who.</param>
/// <param name="At">Since when.</param>
/// <param name="UntilAt">When it ends by itself; null when somebody must end it.</param>
public sealed record JobStop(StopKind Kind, string Reason, string By, Instant At, Instant? UntilAt);

/// <summary>Pauses and the andon of jobs.</summary>
public static class JobStops
{
    /// <summary>What stops a job now.</summary>
    public static IReadOnlyList<JobStop> Of(DbConnection db, JobId job, Instant now) =>
        [.. db.Query<JobStop>(
            """
            SELECT job_stop.kind, reason, actor.name AS by, at, until_at FROM job_stop JOIN actor USING (actor_id)
            WHERE job_id = @job AND ended_at IS NULL AND (until_at IS NULL OR until_at > @now)
            ORDER BY job_stop.kind
            """,
            new { job, now })];

    /// <summary>Whether runs of a job wait.</summary>
    public static bool IsPaused(DbConnection db, JobId job, Instant now) =>
        Of(db, job, now).Any(stop => stop.Kind == StopKind.Pause);

    /// <summary>Whether payments of a job wait.</summary>
    public static bool IsAndon(DbConnection db, JobId job, Instant now) =>
        Of(db, job, now).Any(stop => stop.Kind == StopKind.Andon);

    /// <summary>Stops a job.</summary>
    /// <exception cref="JobException">No such job, no reason, or it is stopped so already.</exception>
    public static void Begin(DbConnection db, JobId job, JobStop stop, ActorId by)
    {
        JobBook.Get(db, job);
        if (string.IsNullOrWhiteSpace(stop.Reason)) throw new JobException(
            "Say why, with --reason, for those who find the job stopped.", RefusalCode.Invalid);
        if (stop.Kind == StopKind.Andon && stop.UntilAt is not null)
            throw new JobException("The andon is released by somebody who has looked, not by the clock.");
        if (stop.UntilAt <= stop.At) throw new JobException("The end lies in the past.", RefusalCode.Invalid);
        if (Of(db, job, stop.At).FirstOrDefault(s => s.Kind == stop.Kind) is { } earlier)
            throw new JobException(
                $"{job} is under {stop.Kind} already, by {earlier.By} since {earlier.At.Iso()}: {earlier.Reason}");
        db.Execute(
            "UPDATE job_stop SET ended_at = until_at WHERE job_id = @job AND kind = @Kind AND ended_at IS NULL",
                new { job, stop.Kind });
        db.Execute(
            "INSERT INTO job_stop (job_id, kind, reason, actor_id, at, until_at) VALUES (@job, @Kind, @Reason, @by, "
                + "@At, @UntilAt)",
            new { job, stop.Kind, stop.Reason, by, stop.At, stop.UntilAt });
        AuditLog.Append(db, new AuditEvent(
            by, $"{stop.Kind}.begin", $"job:{job}", new { stop.Reason, Until = stop.UntilAt?.Iso() }), stop.At);
    }

    /// <summary>Lets a job go on.</summary>
    /// <exception cref="JobException">It is not stopped so.</exception>
    public static void End(DbConnection db, JobId job, StopKind kind, string reason, ActorId by, Instant now)
    {
        JobBook.Get(db, job);
        var ended = Of(db, job, now).Any(s => s.Kind == kind) ? db.Execute(
            "UPDATE job_stop SET ended_at = @now, ended_by = @by WHERE job_id = @job AND kind = @kind AND ended_at "
                + "IS NULL",
            new { job, kind, by, now }) : 0;
        if (ended == 0) throw new JobException($"{job} is not under {kind}.");
        AuditLog.Append(db, new AuditEvent(by, $"{kind}.end", $"job:{job}", new { reason }), now);
    }
}
