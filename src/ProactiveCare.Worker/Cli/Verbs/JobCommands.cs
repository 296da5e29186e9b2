using System.CommandLine;
using System.Data.Common;
using NodaTime;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static partial class JobCommands
{
    public static Command Group() => new("jobs", "Makes, tests, accepts, runs and stops the jobs that find trouble.")
    {
        List(), New(), Check(), Accept(), RunNow(), Plan(), Backfill(), Pause(), Resume(), History(),
    };

    private static Argument<string> JobArgument() =>
        new("JOB") { Description = "A job's id, as 'jobs list' shows it." };

    private static JobId IdOf(Session session, Argument<string> job) => new(session.Get(job)!);

    /// <summary>Versions are loaded without their notices being judged: they were when they were taken in.</summary>
    private static JobBook Book() => new(new JobLoader(ScheduleWords.CronError));

    /// <summary>The version of a job that acts, or else the one that waits.</summary>
    private static Job Current(DbConnection db, JobBook book, BookedJob booked) =>
        book.Load(db, booked.Id, booked.Active ?? booked.Proposed);

    private static DateTimeZone Zone(Session session) => session.Settings.Company.TimeZone;
}
