using NodaTime;
using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Jobs;

/// <summary>A job that was paused, or goes on.</summary>
public sealed record JobPaused(JobId Job, bool Paused, string? Reason, Instant? UntilAt, IReadOnlyList<string> News);

/// <summary>An andon that was pulled.</summary>
/// <param name="Job">The job.</param>
/// <param name="Andon">Whether it is pulled now.</param>
/// <param name="Reason">Why.</param>
/// <param name="ApprovedBefore">Credits that were approved before, and stopped with it.</param>
public sealed record AndonPulled(JobId Job, bool Andon, string Reason, int ApprovedBefore);

/// <summary>An andon that was released.</summary>
/// <param name="Job">The job.</param>
/// <param name="Andon">Whether it is pulled now.</param>
/// <param name="Held">How many credits it held.</param>
/// <param name="Amounts">Their sum in each currency.</param>
public sealed record AndonReleased(JobId Job, bool Andon, int Held, IReadOnlyList<Money> Amounts);

/// <summary>What people do to stop a job and to let it go on.</summary>
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

    /// <summary>Lets a paused job run again.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<JobPaused> Resume(Actor by, JobId job, string? reason)
    {
        by.Require(Role.Operator);
        var news = await intake.TakeIn();
        await store.Write(db => JobStops.End(db, job, StopKind.Pause, reason ?? "", by.Id, time.Now()));
        return new JobPaused(job, false, null, null, news);
    }

    /// <summary>Stops a job from paying; every role that sees money go wrong may do it.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<AndonPulled> PullAndon(Actor by, JobId job, string reason)
    {
        by.Require(Role.All);
        await store.Write(db =>
            JobStops.Begin(db, job, new JobStop(StopKind.Andon, reason, by.Name, time.Now(), null), by.Id));
        var waiting = store.Read(db => Credits.List(db, CreditState.Approved, job)).Count;
        return new AndonPulled(job, true, reason, waiting);
    }

    /// <summary>Lets a job pay again.</summary>
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
