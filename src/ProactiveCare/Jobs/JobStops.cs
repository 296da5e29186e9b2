using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Jobs;

/// <summary>The kind of a stop: its effect on a job.</summary>
public sealed class StopKind : Code<StopKind>
{
    /// <summary>No runs.</summary>
    public static readonly StopKind Pause = new("pause");

    /// <summary>Runs continue, and nothing approved is paid.</summary>
    public static readonly StopKind Andon = new("andon");

    private StopKind(string text) : base(text)
    {
    }
}

/// <summary>A stop of a job.</summary>
/// <param name="Kind">The effect.</param>
/// <param name="Reason">The reason that was given.</param>
/// <param name="By">The user.</param>
/// <param name="At">The start.</param>
/// <param name="UntilAt">The time at which it ends automatically; null when a user must end it.</param>
public sealed record JobStop(StopKind Kind, string Reason, string By, Instant At, Instant? UntilAt);

/// <summary>Pauses and the andon of jobs.</summary>
public static class JobStops
{
    /// <summary>The stops of a job in force.</summary>
    public static IReadOnlyList<JobStop> Of(DbConnection db, JobId job, Instant now) =>
        [.. db.Query<JobStop>(
            """
            SELECT job_stop.kind, reason, actor.name AS by, at, until_at FROM job_stop JOIN actor USING (actor_id)
            WHERE job_id = @job AND ended_at IS NULL AND (until_at IS NULL OR until_at > @now)
            ORDER BY job_stop.kind
            """,
            new { job, now })];

    /// <summary>Whether runs of a job are paused.</summary>
    public static bool IsPaused(DbConnection db, JobId job, Instant now) =>
        Of(db, job, now).Any(stop => stop.Kind == StopKind.Pause);

    /// <summary>Whether payments of a job are stopped.</summary>
    public static bool IsAndon(DbConnection db, JobId job, Instant now) =>
        Of(db, job, now).Any(stop => stop.Kind == StopKind.Andon);

    /// <summary>Stops a job.</summary>
    /// <exception cref="JobException">There is no such job, no reason, or the stop exists already.</exception>
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

    /// <summary>Ends a stop of a job.</summary>
    /// <exception cref="JobException">There is no such stop.</exception>
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

/// <summary>A job that was paused or resumed.</summary>
public sealed record JobPaused(JobId Job, bool Paused, string? Reason, Instant? UntilAt, IReadOnlyList<string> News);

/// <summary>The result of pulling an andon.</summary>
/// <param name="Job">The job.</param>
/// <param name="Andon">Whether it is pulled now.</param>
/// <param name="Reason">Why.</param>
/// <param name="ApprovedBefore">Credits that were approved before, and are stopped now.</param>
public sealed record AndonPulled(JobId Job, bool Andon, string Reason, int ApprovedBefore);

/// <summary>The result of releasing an andon.</summary>
/// <param name="Job">The job.</param>
/// <param name="Andon">Whether it is pulled now.</param>
/// <param name="Held">The number of credits that it held.</param>
/// <param name="Amounts">Their sum in each currency.</param>
public sealed record AndonReleased(JobId Job, bool Andon, int Held, IReadOnlyList<Money> Amounts);

/// <summary>Stops and resumes jobs.</summary>
public sealed class StopOperations(Store store, JobIntake intake, TimeProvider time)
{
    /// <summary>Stops the runs of a job, until an instant, for a span, or until somebody resumes it.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<JobPaused> Pause(Actor by, JobId job, string reason, Instant? until, Duration? span)
    {
        by.Require(Role.Operator);
        if (until is not null && span is not null)
            throw new JobException("Say either --until or --for, not both.", RefusalCode.Invalid);
        var news = await intake.TakeIn();
        var now = time.Now();
        var stop = new JobStop(StopKind.Pause, reason, by.Name, now, until ?? now + span);
        await store.Write(db => JobStops.Begin(db, job, stop, by.Id));
        return new JobPaused(job, true, reason, stop.UntilAt, news);
    }

    /// <summary>Resumes a paused job.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<JobPaused> Resume(Actor by, JobId job, string? reason)
    {
        by.Require(Role.Operator);
        var news = await intake.TakeIn();
        await store.Write(db => JobStops.End(db, job, StopKind.Pause, reason ?? "", by.Id, time.Now()));
        return new JobPaused(job, false, null, null, news);
    }

    /// <summary>Stops the payments of a job; every role that can notice wrong payments may do it.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<AndonPulled> PullAndon(Actor by, JobId job, string reason)
    {
        by.Require(Role.All);
        await store.Write(db =>
            JobStops.Begin(db, job, new JobStop(StopKind.Andon, reason, by.Name, time.Now(), null), by.Id));
        var waiting = store.Read(db => Credits.List(db, CreditState.Approved, job)).Count;
        return new AndonPulled(job, true, reason, waiting);
    }

    /// <summary>Resumes the payments of a job.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<AndonReleased> ReleaseAndon(Actor by, JobId job, string reason)
    {
        by.Require(Role.Operator);
        if (string.IsNullOrWhiteSpace(reason))
        {
            throw new JobException(
                "Say what was found and done, with --reason, for the record.", RefusalCode.Invalid);
        }
        await store.Write(db => JobStops.End(db, job, StopKind.Andon, reason, by.Id, time.Now()));
        var held = store.Read(db => Credits.List(db, CreditState.Pending, job))
            .Where(credit => credit.HoldReason == HoldReason.Andon).ToList();
        return new AndonReleased(job, false, held.Count, Money.Sums(held.Select(credit => credit.Amount)));
    }
}
