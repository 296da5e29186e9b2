using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Retries refused credits.</summary>
internal sealed class CreditsRetry : Verb
{
    private readonly Argument<long[]> credits = SharedOptions.Credits();

    public CreditsRetry() : base(
        "retry", "Has credits paid again that the gateway refused; they are still owed.",
        "proactive-care credits retry 4")
    {
        Add(credits);
    }

    protected override async Task<int> Do(Session session)
    {
        CreditId[] ids = [.. session.Get(credits)!.Select(id => new CreditId(id))];
        var decided = await session.Do(Operations.RetryCredits, new SomeCredits(ids));
        return DecidedCredits.Answer(session, decided, "approved");
    }
}
