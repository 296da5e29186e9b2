using System.CommandLine;
using System.Data.Common;
using ProactiveCare.Audit;
using ProactiveCare.Jobs;
using ProactiveCare.Payments;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static partial class CreditCommands
{
    private static Verb Approve()
    {
        var ids = CreditsArgument();
        var verb = new Verb(
            "approve", "Approves pending credits, each on its own: they are owed and will be paid.",
            "proactive-care credits approve 4\nproactive-care credits approve 4 5 6")
        {
            ids,
        };
        return verb.Writes(Role.Finance, session =>
        {
            var product = session.Product;
            return Each(session, session.Get(ids)!, "approved", (db, id) =>
            {
                var (credit, now) = (Credits.Get(db, id), session.Time.Now());
                var job = product.Book.Acting(db, credit.JobId).Job;
                Approvals.Approve(
                    db, id, By(db, session, credit), product.Releases.DayBudget(job, credit, now), now);
            });
        });
    }

    private static Verb Reject()
    {
        var (ids, reason) = (CreditsArgument(), ReasonOption());
        var verb = new Verb(
            "reject", "Rejects pending credits: nothing is owed.",
            "proactive-care credits reject 4 --reason \"the film ran well, the meter did not\"")
        {
            ids, reason,
        };
        return verb.Writes(Role.Finance, session => Each(session, session.Get(ids)!, "rejected", (db, id) =>
            Approvals.Reject(db, id, By(db, session, Credits.Get(db, id)), session.Get(reason)!, session.Time.Now())));
    }

    private static Verb Reverse()
    {
        var (ids, reason) = (CreditsArgument(), ReasonOption());
        var verb = new Verb(
            "reverse", "Takes back credits that are approved and not paid; what is paid stays paid.",
            "proactive-care credits reverse 4 --reason \"given twice\"")
        {
            ids, reason,
        };
        return verb.Writes(Role.Finance, session => Each(session, session.Get(ids)!, "reversed", (db, id) =>
            Approvals.Reverse(db, id, By(db, session, Credits.Get(db, id)), session.Get(reason)!, session.Time.Now())));
    }

    private static Verb Retry()
    {
        var ids = CreditsArgument();
        var verb = new Verb(
            "retry", "Has credits paid again that the gateway refused; they are still owed.",
            "proactive-care credits retry 4")
        {
            ids,
        };
        return verb.Writes(Role.Finance, session => Each(session, session.Get(ids)!, "approved", (db, id) =>
            Approvals.Retry(db, id, session.Actor, session.Time.Now())));
    }

    private static Verb Resolve()
    {
        var ids = CreditsArgument();
        var paid = new Option<bool>("--paid") { Description = "The gateway has paid: the credit is settled." };
        var refused = new Option<bool>("--refused")
        { Description = "The gateway has not paid and will not: the credit is still owed." };
        var reason = new Option<string>("--reason")
        { HelpName = "TEXT", Required = true, Description = "How it is known, for the record." };
        var verb = new Verb(
            "resolve", "Says of credits with an unknown outcome whether they were paid.",
            "proactive-care credits resolve 4 --paid --reason \"the gateway's statement has it\"")
        {
            ids, paid, refused, reason,
        };
        return verb.Writes(Role.Finance, session =>
        {
            if (session.Get(paid) == session.Get(refused)) throw new UsageException("Say either --paid or --refused.");
            var done = session.Get(paid) ? "settled" : "failed";
            return Each(session, session.Get(ids)!, done, (db, id) => session.Product.Settlement.Resolve(
                db, id, By(db, session, Credits.Get(db, id)), session.Get(paid), session.Get(reason)!));
        });
    }

    private static Argument<long[]> CreditsArgument() => new("CREDIT")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "Numbers, as 'credits list' shows them; each is decided on its own.",
    };

    private static Option<string> ReasonOption() =>
        new("--reason") { HelpName = "TEXT", Required = true, Description = "Why, for the customer and the books." };

    // Whoever made a job act is a maker of what it gives.
    private static Decider By(DbConnection db, Session session, Credit credit) =>
        new(session.Actor, JobBook.Authors(db, credit.JobId));

    private static async Task<int> Each(
        Session session, long[] numbers, string done, Action<DbConnection, CreditId> decide)
    {
        var results = new List<Decided>();
        foreach (var id in numbers.Distinct().Select(number => new CreditId(number)))
        {
            try
            {
                await session.Store.Write(db => decide(db, id));
                results.Add(new Decided(id, true, null, session.Store.Read(db => Credits.Get(db, id))));
            }
            catch (PaymentException e)
            {
                results.Add(new Decided(id, false, e.Message, session.Store.Read(db => Credits.Find(db, id))));
            }
        }
        session.Answer(
            results.Select(r => new
            {
                r.Id, r.Done, r.Problem, r.Credit?.State, amount = r.Credit?.Amount.Decimal, r.Credit?.Currency,
            }).ToList(),
            to => Tell(to, results, done, session));
        return results.All(result => result.Done) ? Failures.Done : Failures.No;
    }

    private static void Tell(Terminal to, List<Decided> results, string done, Session session)
    {
        foreach (var result in results)
        {
            to.Line(result.Problem is { } problem
                ? Phrases.OnClock(problem, session.Settings.Company.TimeZone)
                : $"Credit {result.Id} of {result.Credit!.Amount} for {result.Credit.CustomerId} is {done}.");
        }
        if (results.Count > 1)
        {
            var good = results.Where(result => result.Done).ToList();
            to.Line($"{good.Count} of {Phrases.Count(results.Count, "credit")} {done}, "
                + $"{Phrases.Sums(good.Select(result => result.Credit!.Amount))}.");
        }
        if (done == "approved" && results.Exists(result => result.Done))
            to.Line("The worker pays, and tells the customers: proactive-care run");
    }

    private sealed record Decided(CreditId Id, bool Done, string? Problem, Credit? Credit);
}
