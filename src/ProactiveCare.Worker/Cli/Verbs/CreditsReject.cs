using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Rejects pending credits.</summary>
internal sealed class CreditsReject : Verb
{
    private readonly Argument<long[]> credits = SharedOptions.Credits();

    private readonly Option<string> reason = SharedOptions.Reason("Why, for the customer and the books.");

    public CreditsReject() : base(
        "reject", "Rejects pending credits: nothing is owed.",
        "proactive-care credits reject 4 --reason \"the film ran well, the meter did not\"")
    {
        Add(credits);
        Add(reason);
    }

    protected override async Task<int> Do(Session session)
    {
        CreditId[] ids = [.. session.Get(credits)!.Select(id => new CreditId(id))];
        var decided = await session.Do(Operations.RejectCredits, new SomeCreditsWhy(ids, session.Get(reason)!));
        return DecidedCredits.Answer(session, decided, "rejected");
    }
}
