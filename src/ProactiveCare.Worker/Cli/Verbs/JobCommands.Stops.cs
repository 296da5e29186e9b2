using System.CommandLine;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static partial class JobCommands
{
    private static Verb Pause()
    {
        var job = JobArgument();
        var reason = new Option<string>("--reason")
        { HelpName = "TEXT", Required = true, Description = "Why, for those who find the job paused." };
        var until = new Option<string?>("--until") { HelpName = "INSTANT", Description = "When it goes on by itself." };
        var span = new Option<string?>("--for")
        { HelpName = "SPAN", Description = "It goes on by itself after 90s, 30m, 2h, 5d." };
        var verb = new Verb(
            "pause", "Stops the runs of a job; what is due waits, and is found when it goes on.",
            "proactive-care jobs pause slow-video-stream --reason \"the CDN sends wrong numbers\" --for 2h")
        {
            job, reason, until, span,
        };
        return verb.Writes(Role.Operator, async session =>
        {
            var (id, now) = (IdOf(session, job), session.Time.Now());
            if (session.Get(until) is not null && session.Get(span) is not null)
                throw new UsageException("Say either --until or --for, not both.");
            var end = Phrases.InstantOf("--until", session.Get(until))
                ?? now + Phrases.SpanOf("--for", session.Get(span));
            var stop = new JobStop(StopKind.Pause, session.Get(reason)!, session.Actor.Name, now, end);
            await session.Store.Write(db => JobStops.Begin(db, id, stop, session.Actor.Id));
            session.Answer(new { job = id, paused = true, stop.Reason, stop.UntilAt }, to => to.Line(end is { } at
                ? $"{id} is paused until {at.On(Zone(session))}."
                : $"{id} is paused until somebody says: proactive-care jobs resume {id}"));
            return Failures.Done;
        });
    }

    private static Verb Resume()
    {
        var job = JobArgument();
        var reason = new Option<string?>("--reason") { HelpName = "TEXT", Description = "Why, for the record." };
        var verb = new Verb(
            "resume", "Lets a paused job run again.", "proactive-care jobs resume slow-video-stream") { job, reason };
        return verb.Writes(Role.Operator, async session =>
        {
            var id = IdOf(session, job);
            await session.Store.Write(db =>
                JobStops.End(db, id, StopKind.Pause, session.Get(reason) ?? "", session.Actor.Id, session.Time.Now()));
            session.Answer(
                new { job = id, paused = false },
                to => to.Line($"{id} runs again; what came meanwhile is found by its next run."));
            return Failures.Done;
        });
    }

    private static Verb History()
    {
        var job = JobArgument();
        var limit = new Option<int>("--limit")
        { HelpName = "COUNT", Description = "At most so many runs (default: 20).", DefaultValueFactory = _ => 20 };
        var verb = new Verb(
            "history", "Lists the runs of a job, the newest first: what each found, decided and left out.",
            "proactive-care jobs history slow-video-stream")
        {
            job, limit,
        };
        return verb.Reads(session =>
        {
            var id = IdOf(session, job);
            var (zone, runs) = session.Store.Read(db => (
                Current(db, Book(), JobBook.Get(db, id)).Schedule.TimeZone,
                Runs.History(db, id, Math.Max(0, session.Get(limit)))));
            session.Answer(runs, to =>
            {
                if (runs.Count == 0)
                {
                    to.Line($"{id} has never run. Run it now: proactive-care jobs run {id}");
                    return;
                }
                to.Table(
                    [
                        new("run", Right: true), "started", "mode", "cause", "version", "state",
                        new("found", Right: true), new("decided", Right: true), new("new", Right: true),
                        new("left out", Right: true), "error",
                    ],
                    runs.Select(run => Row(run, zone)));
            });
            return Failures.Done;
        });
    }

    private static string?[] Row(Run run, DateTimeZone zone) =>
    [
        run.Id.ToString(), run.StartedAt.On(zone), run.Mode, run.Cause, run.Version.Short, run.State.Text,
            Number(run.Found),
        Number(run.Decided), Number(run.NewCases), Number(run.LeftOut), run.Error,
    ];

    private static string Number(long number) =>
        number.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
}
