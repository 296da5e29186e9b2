using System.Data.Common;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Jobs;
using ProactiveCare.Notices;

namespace ProactiveCare.Cases;

/// <summary>
/// Takes findings, in sittings of one transaction: gathers facts, decides, and records case, decision, reserved budget,
/// credit and notice together.
/// </summary>
public sealed class CaseDesk(NoticeSettings notices)
{
    /// <summary>The budget's period of an instant: the company's date.</summary>
    public string Period(Instant now) => NodaTime.Text.LocalDatePattern.Iso.Format(now.InZone(notices.TimeZone).Date);

    /// <summary>Opens a sitting for a batch of findings of one job, in the caller's transaction.</summary>
    /// <param name="db">The transaction; the sitting ends with it.</param>
    /// <param name="by">The job, and whether it acts.</param>
    /// <param name="run">The run that found; null when cases are decided again.</param>
    /// <param name="now">The moment that all of it is decided at.</param>
    internal DecisionBatch Sit(DbConnection db, ScheduledJob by, RunId? run, Instant now) => new(db)
    {
        By = by,
        Run = run,
        Now = now,
        Actor = Actors.Job(db, by.Job.Id, by.Job.Version, now),
        Andon = JobStops.IsAndon(db, by.Job.Id, now),
        Period = Period(now),
        Notices = notices,
    };
}
