using System.CommandLine;
using NodaTime;
using ProactiveCare.Jobs;
using ProactiveCare.Payments;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static partial class CreditCommands
{
    public static Command Group() => new("credits", "Shows the money that jobs give, and decides about what is held.")
    {
        List(), Approve(), Reject(), Reverse(), Retry(), Resolve(),
    };

    private static Verb List()
    {
        var state = StateOption.Of<CreditState>();
        var job = new Option<string?>("--job") { HelpName = "JOB", Description = "Only those of one job." };
        var since = new Option<string?>("--since")
        { HelpName = "INSTANT", Description = "Only those made since then." };
        var verb = new Verb(
            "list", "Lists credits with their totals, and why the pending ones wait.",
            "proactive-care credits list --state pending\nproactive-care credits list --since 2026-03-01T00:00:00Z")
        {
            state, job, since,
        };
        return verb.Reads(session =>
        {
            var id = session.Get(job) is { } name ? new JobId(name) : (JobId?)null;
            var from = Phrases.InstantOf("--since", session.Get(since));
            var credits = session.Store.Read(db =>
            {
                if (id is { } known) JobBook.Get(db, known);
                return Credits.List(db, session.Get(state), id, from);
            });
            session.Answer(credits.Select(Form).ToList(), to =>
            {
                if (credits.Count == 0)
                {
                    to.Line(session.Get(state) == CreditState.Pending
                        ? "No credit waits for a decision."
                        : "There is no such credit.");
                }
                else Tell(to, credits, session.Settings.Company.TimeZone, session.Time.Now());
            });
            return Failures.Done;
        });
    }

    private static object Form(Credit credit) => new
    {
        credit.Id,
        credit.CaseId,
        credit.JobId,
        credit.CustomerId,
        credit.Kind,
        credit.Entitlement,
        credit.PurchaseId,
        amount = credit.Amount.Decimal,
        credit.Currency,
        credit.State,
        credit.HoldReason,
        credit.DecideByAt,
        credit.CreatedAt,
        credit.ApprovedAt,
        credit.SettledAt,
        credit.Gateway,
        credit.Reference,
        credit.Reason,
    };

    private static void Tell(Terminal to, IReadOnlyList<Credit> credits, DateTimeZone zone, Instant now)
    {
        to.Table(
            [
                new("credit", Right: true), new("case", Right: true), "job", "customer", "kind",
                new("amount", Right: true), "made", "state", "why",
            ],
            credits.Select(c => new[]
            {
                c.Id.ToString(), c.CaseId.ToString(), c.JobId.Value, c.CustomerId.Value, c.Kind.Text,
                    c.Amount.ToString(),
                c.CreatedAt.On(zone), c.State.Text, Why(c, zone, now),
            }));
        foreach (var group in credits.GroupBy(c => c.State).OrderBy(g => CreditState.All.ToList().IndexOf(g.Key)))
        {
            to.Line($"{group.Key}: {Phrases.Count(group.Count(), "credit")}, "
                + Phrases.Sums(group.Select(c => c.Amount)));
        }
        if (credits.FirstOrDefault(c => c.State == CreditState.Pending) is { } first)
        {
            to.Line($"Why one waits:  proactive-care cases explain {first.CaseId}");
            to.Line($"To decide:      proactive-care credits approve {first.Id}");
            to.Line($"                proactive-care credits reject {first.Id} --reason TEXT");
        }
    }

    private static string? Why(Credit credit, DateTimeZone zone, Instant now)
    {
        if (credit.HoldReason is { } hold)
        {
            return hold.Because
                + (credit.DecideByAt is { } by ? $"; decide by {by.On(zone)}{(by < now ? ", overdue" : "")}" : "");
        }
        if (credit.State == CreditState.Settling) return $"with {credit.Gateway} since {credit.SettlingAt?.On(zone)}";
        return credit.State == CreditState.Settled ? $"{credit.Gateway}, {credit.SettledAt?.On(zone)}" : credit.Reason;
    }
}
