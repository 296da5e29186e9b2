using System.CommandLine;
using ProactiveCare.Audit;
using ProactiveCare.Notices;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static partial class NoticeCommands
{
    private static Verb Resolve()
    {
        var numbers = new Argument<long[]>("NOTICE")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "Numbers, as 'notices list --state uncertain' shows them; each on its own.",
        };
        var arrived = new Option<bool>("--arrived") { Description = "The customer has it: it counts as sent." };
        var again = new Option<bool>("--send-again")
        { Description = "The customer does not have it: it is sent again, with the same Message-ID." };
        var reason = new Option<string>("--reason")
        { HelpName = "TEXT", Required = true, Description = "How it is known, for the record." };
        var verb = new Verb(
            "resolve", "Says of notices with an unknown outcome whether they arrived.",
            "proactive-care notices resolve 17 --arrived --reason \"the mail server's log has it\"\n"
                + "proactive-care notices resolve 18 19 --send-again --reason \"not in the mail server's log\"")
        {
            numbers, arrived, again, reason,
        };
        return verb.Writes(Role.Operator, async session =>
        {
            if (session.Get(arrived) == session.Get(again))
                throw new UsageException("Say either --arrived or --send-again.");
            var results = new List<Resolved>();
            foreach (var id in session.Get(numbers)!.Distinct().Select(number => new NoticeId(number)))
            {
                var by = (session.Actor.Id, session.Get(reason)!);
                var done = await session.Store.Write(db =>
                    Resolution.Resolve(db, id, session.Get(arrived), by, session.Time.Now()));
                results.Add(new(id, done, session.Store.Read(db => NoticeList.Find(db, id))?.State));
            }
            session.Answer(results, to => results.ForEach(each => to.Line(Words(each, session.Get(arrived)))));
            return results.TrueForAll(each => each.Done) ? Failures.Done : Failures.No;
        });
    }

    private static string Words(Resolved notice, bool arrived) => notice switch
    {
        { State: null } => $"There is no notice {notice.Notice}. 'proactive-care notices list' shows the newest.",
        { Done: false } => $"Notice {notice.Notice} is {notice.State}: only what is uncertain can be resolved.",
        _ when arrived => $"Notice {notice.Notice} counts as sent.",
        _ => $"Notice {notice.Notice} is sent again by the worker: proactive-care run",
    };

    private sealed record Resolved(NoticeId Notice, bool Done, NoticeState? State);
}
