using ProactiveCare.Telemetry;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Reads rows that were set aside again.</summary>
internal sealed class QuarantineRetry : Verb
{
    private readonly QuarantineOptions chosen = new();

    private readonly Argument<long[]> rows = new("ROW")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "Numbers, as 'quarantine list' shows them; without any, all that the options choose.",
    };

    private readonly Option<bool> all = new("--all") { Description = "All rows that are set aside." };

    public QuarantineRetry() : base(
        "retry",
        "Reads rows that are set aside again, with their source, as an import would; what is stored now is marked.",
        "proactive-care quarantine retry 17 18\nproactive-care quarantine retry --kind customers --reason \"status\"")
    {
        Add(rows);
        Add(all);
        chosen.AddTo(this);
    }

    protected override async Task<int> Do(Session session)
    {
        var which = chosen.Of(session) with { Ids = session.Get(rows) is { Length: > 0 } ids ? ids : null };
        if (which == new QuarantineFilter() != session.Get(all))
            throw new UsageException("Say which rows to read again: their numbers, options such as --kind, or --all.");
        var result = await session.Do(Operations.RetryQuarantined, which);
        session.Answer(result, to => Tell(to, result));
        return result.SetAside == 0 && result.Tried > 0 ? Failures.Done : Failures.No;
    }

    private static void Tell(Terminal to, QuarantineRetried result)
    {
        if (result.Tried == 0)
        {
            to.Line("No such row is set aside. See them with: proactive-care quarantine list");
            return;
        }
        to.Line($"{Phrases.Count(result.Tried, "row")} read again: {result.Stored:N0} stored, "
            + $"{result.SetAside:N0} still set aside");
        if (result.Replaced > 0)
            to.Line($"{Phrases.Count(result.Replaced, "row")} left, because a later row of the same id is stored");
        foreach (var row in result.FirstSetAside) to.Line($"  row {row.Id}: {row.Reason}");
        var more = result.SetAside - result.FirstSetAside.Count;
        if (more > 0) to.Line($"  and {more:N0} more");
    }
}
