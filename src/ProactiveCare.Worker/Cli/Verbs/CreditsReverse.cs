using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Asks to undo credits; another person confirms it.</summary>
internal sealed class CreditsReverse : Verb
{
    private readonly Argument<long[]> credits = SharedOptions.Credits();

    private readonly Option<string> reason = SharedOptions.Reason("Why, for the customer and the books.");

    public CreditsReverse() : base(
        "reverse",
        "Asks to undo credits that were a mistake; another person confirms it. A credit that is not paid is reversed, "
        + "one on the customer's account is taken back, and a refund that was paid is written off.",
        "proactive-care credits reverse 4 --reason \"given twice\"")
    {
        Add(credits);
        Add(reason);
    }

    protected override async Task<int> Do(Session session)
    {
        CreditId[] ids = [.. session.Get(credits)!.Select(id => new CreditId(id))];
        var decided = await session.Do(Operations.ReverseCredits, new SomeCreditsWhy(ids, session.Get(reason)!));
        return DecidedCredits.Answer(session, decided, "to be undone");
    }
}
