using System.CommandLine;
using NodaTime;
using ProactiveCare.Cases;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static partial class CaseCommands
{
    public static Command Group() => new("cases", "Shows what was found for whom, what was decided, and why.")
    {
        List(), Show(), ExplainWhy(), Replay(),
    };

    private static Verb List()
    {
        var job = new Option<string?>("--job") { HelpName = "JOB", Description = "Only those of one job." };
        var state = StateOption.Of<CaseState>();
        var customer = new Option<string?>("--customer")
        { HelpName = "ID", Description = "Only those of one customer." };
        var limit = new Option<int>("--limit")
        { HelpName = "COUNT", Description = "At most so many (default: 100).", DefaultValueFactory = _ => 100 };
        var verb = new Verb(
            "list", "Lists cases, the newest first.", "proactive-care cases list --state held")
        {
            job, state, customer, limit,
        };
        return verb.Reads(session =>
        {
            var wanted = new CaseFilter(
                session.Get(job) is { } id ? new JobId(id) : null, session.Get(state),
                session.Get(customer) is { } who ? new CustomerId(who) : null, Most: Math.Max(0, session.Get(limit)));
            var cases = session.Store.Read(db =>
            {
                if (wanted.Job is { } known) JobBook.Get(db, known);
                return CareCases.List(db, wanted);
            });
            session.Answer(cases.Select(Form).ToList(),
                to => Tell(to, cases, wanted, session.Settings.Company.TimeZone));
            return Failures.Done;
        });
    }

    private static void Tell(Terminal to, IReadOnlyList<CareCase> cases, CaseFilter wanted, DateTimeZone zone)
    {
        if (cases.Count == 0)
        {
            to.Line(wanted == new CaseFilter(Most: wanted.Most)
                ? "There is no case: no job has found anything yet. See what runs: proactive-care jobs list"
                : "There is no such case.");
            return;
        }
        to.Table(
            [new("case", Right: true), "job", "customer", "about", "when", "state", "why"],
            cases.Select(c => new[]
            {
                c.Id.ToString(), c.JobId + (c.Mode == Mode.Shadow ? " (shadow)" : ""), c.Finding.CustomerId.Value,
                c.Finding.Text("title") ?? c.Finding.Text("event") ?? c.Finding.Subject, c.Finding.OccurredAt.On(zone),
                c.State.Text, c.Reason?.Text,
            }));
        if (cases.Count == wanted.Most) to.Line($"These are the newest {wanted.Most}; see more with --limit.");
    }

    private static object Form(CareCase about) => new
    {
        about.Id,
        about.JobId,
        about.Mode,
        about.Family,
        about.Finding.CustomerId,
        about.Finding.Subject,
        about.Finding.ServiceEvent,
        about.Finding.OccurredAt,
        about.OpenedAt,
        about.State,
        about.Reason,
        about.Finding.InDoubt,
        Evidence = Parsed(about.Finding.Evidence),
    };

    private static System.Text.Json.JsonElement Parsed(string json)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static Verb ExplainWhy()
    {
        var number = new Argument<long?>("CASE")
        { Arity = ArgumentArity.ZeroOrOne, Description = "Its number, as 'cases list' shows it; or name a customer." };
        var customer = new Option<string?>("--customer")
        { HelpName = "ID", Description = "All that concerns a customer." };
        var at = new Option<string?>("--at")
        { HelpName = "INSTANT", Description = "Only what lies within a day of this instant." };
        var verb = new Verb(
            "explain", "Says why something was or was not paid or sent, in words that can be read to the customer.",
            "proactive-care cases explain 17\nproactive-care cases explain --customer c-1041 --at 2026-03-14T20:00:00Z")
        {
            number, customer, at,
        };
        return verb.Reads(session =>
        {
            if (session.Get(number) is null == session.Get(customer) is null)
                throw new UsageException("Name either a case or, with --customer, a customer.");
            if (session.Get(at) is not null && session.Get(customer) is null)
                throw new UsageException("--at goes with --customer: a case has a time of its own.");
            var around = Phrases.InstantOf("--at", session.Get(at));
            var texts = session.Store.Read(db => session.Get(number) is { } id
                ? [Explain.Case(db, Known(db, id))]
                : Explain.Customer(db, new CustomerId(session.Get(customer)!), around));
            session.Answer(new { explanations = texts }, to =>
            {
                foreach (var text in texts) to.Line(Phrases.OnClock(text, session.Settings.Company.TimeZone));
            });
            return Failures.Done;
        });
    }

    private static Verb Replay()
    {
        var number = new Argument<long?>("CASE")
        { Arity = ArgumentArity.ZeroOrOne, Description = "Its number (default: all cases)." };
        var verb = new Verb(
            "replay", "Decides again from the stored facts and rules; exit 1 where something else comes out.",
            "proactive-care cases replay\nproactive-care cases replay 17")
        {
            number,
        };
        return verb.Reads(session =>
        {
            var replayed = 0;
            var book = new JobBook(new JobLoader(ScheduleWords.CronError));
            var mismatches = session.Store.Read(db => DecisionLog.Replay(
                db, book, session.Get(number) is { } id ? Known(db, id).Id : null, out replayed));
            session.Answer(new { replayed, mismatches }, to =>
            {
                foreach (var miss in mismatches)
                {
                    to.Line($"Case {miss.CaseId}, decision {miss.Number}: recorded {miss.Recorded}, "
                        + $"now {miss.Replayed}.");
                }
                to.Line(replayed == 0
                    ? "There is no decision to replay."
                    : $"Replayed {Phrases.Count(replayed, "decision")}: " + (mismatches.Count == 0
                        ? "all came out as they were recorded."
                        : $"{mismatches.Count} came out otherwise."));
            });
            return mismatches.Count == 0 ? Failures.Done : Failures.No;
        });
    }

    private static CareCase Known(System.Data.Common.DbConnection db, long number) =>
        CareCases.Get(db, new CaseId(number))
        ?? throw new UsageException($"There is no case {number}. See them with: proactive-care cases list");
}
