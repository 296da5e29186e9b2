using ProactiveCare.Payments;

namespace ProactiveCare.Worker.Cli;

/// <summary>Shows the results of decisions about credits.</summary>
internal static class DecidedCredits
{
    /// <param name="session">The session.</param>
    /// <param name="decided">The credits.</param>
    /// <param name="done">The word for the action.</param>
    /// <returns>The exit code.</returns>
    public static int Answer(Session session, IReadOnlyList<CreditDecided> decided, string done)
    {
        session.Answer(decided, to => Tell(to, decided, done, session));
        return decided.All(credit => credit.Done) ? Failures.Done : Failures.No;
    }

    private static void Tell(Terminal to, IReadOnlyList<CreditDecided> decided, string done, Session session)
    {
        foreach (var credit in decided)
        {
            to.Line(credit.Problem is { } problem
                ? Phrases.OnClock(problem, session.Zone)
                : $"Credit {credit.Id} of {AmountOf(credit)} for {credit.CustomerId} is {done}.");
        }
        var good = decided.Where(credit => credit.Done).ToList();
        if (decided.Count > 1)
        {
            to.Line($"{good.Count} of {Phrases.Count(decided.Count, "credit")} {done}, "
                + $"{Phrases.Sums(good.Select(AmountOf))}.");
        }
        if (done == "to be undone" && good.Count > 0)
        {
            var ids = string.Join(' ', good.Select(credit => credit.Id));
            to.Line($"Somebody else confirms it:  proactive-care credits confirm {ids}");
        }
        if (done == "approved" && good.Count > 0)
            to.Line("The worker pays, and tells the customers" + session.WorkerStart);
    }

    private static Money AmountOf(CreditDecided credit) => Money.Parse(credit.Amount!, credit.Currency!.Value);
}
