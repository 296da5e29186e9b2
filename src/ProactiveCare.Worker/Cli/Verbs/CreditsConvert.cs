using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Turns refused refunds into account credits.</summary>
internal sealed class CreditsConvert : Verb
{
    private readonly Argument<long[]> credits = SharedOptions.Credits();

    public CreditsConvert() : base(
        "convert", "Turns refunds that billing refused into credits to the customers' accounts.",
        "proactive-care credits convert 4")
    {
        Add(credits);
    }

    protected override async Task<int> Do(Session session)
    {
        CreditId[] ids = [.. session.Get(credits)!.Select(id => new CreditId(id))];
        var decided = await session.Do(Operations.ConvertCredits, new SomeCredits(ids));
        return DecidedCredits.Answer(session, decided, "turned into an account credit");
    }
}
