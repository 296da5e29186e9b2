using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Reverses credits that are not paid.</summary>
internal sealed class CreditsReverse : Verb
{
    private readonly Argument<long[]> credits = SharedOptions.Credits();

    private readonly Option<string> reason = SharedOptions.Reason("Why, for the customer and the books.");

    public CreditsReverse() : base(
        "reverse", "Takes back credits that are approved and not paid; what is paid stays paid.",
        "proactive-care credits reverse 4 --reason \"given twice\"")
    {
        Add(credits);
        Add(reason);
    }

    protected override async Task<int> Do(Session session)
    {
        CreditId[] ids = [.. session.Get(credits)!.Select(id => new CreditId(id))];
        var decided = await session.Do(Operations.ReverseCredits, new SomeCreditsWhy(ids, session.Get(reason)!));
        return DecidedCredits.Answer(session, decided, "reversed");
    }
}
