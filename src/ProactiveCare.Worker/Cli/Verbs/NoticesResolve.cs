using ProactiveCare.Notices;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>States whether notices with an unknown outcome arrived.</summary>
internal sealed class NoticesResolve : Verb
{
    private readonly Argument<long[]> numbers = new("NOTICE")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "Numbers, as 'notices list --state uncertain' shows them; each on its own.",
    };

    private readonly Option<bool> arrived = new("--arrived")
    { Description = "The customer has it: it counts as sent." };

    private readonly Option<bool> again = new("--send-again")
    { Description = "The customer does not have it: it is sent again, with the same Message-ID." };

    private readonly Option<string> reason = SharedOptions.Reason("How it is known, for the record.");

    public NoticesResolve() : base(
        "resolve", "Says of notices with an unknown outcome whether they arrived.",
        "proactive-care notices resolve 17 --arrived --reason \"the mail server's log has it\"\n"
            + "proactive-care notices resolve 18 19 --send-again --reason \"not in the mail server's log\"")
    {
        Add(numbers);
        Add(arrived);
        Add(again);
        Add(reason);
    }

    protected override async Task<int> Do(Session session)
    {
        if (session.Get(arrived) == session.Get(again))
            throw new UsageException("Say either --arrived or --send-again.");
        NoticeId[] ids = [.. session.Get(numbers)!.Select(number => new NoticeId(number))];
        var resolved = await session.Do(
            Operations.ResolveNotices, new ResolveInput(ids, session.Get(arrived), session.Get(reason)!));
        session.Answer(resolved, to =>
        {
            foreach (var notice in resolved) to.Line(Words(notice, session.Get(arrived), session.WorkerStart));
        });
        return resolved.All(notice => notice.Done) ? Failures.Done : Failures.No;
    }

    private static string Words(NoticeResolved notice, bool arrived, string start) => notice switch
    {
        { State: null } => $"There is no notice {notice.Notice}. 'proactive-care notices list' shows the newest.",
        { Done: false } => $"Notice {notice.Notice} is {notice.State}: only what is uncertain can be resolved.",
        _ when arrived => $"Notice {notice.Notice} counts as sent.",
        _ => $"Notice {notice.Notice} is sent again by the worker{start}",
    };
}
