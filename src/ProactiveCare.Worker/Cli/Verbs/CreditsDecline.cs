using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Declines requests to undo credits.</summary>
internal sealed class CreditsDecline : Verb
{
    private readonly Argument<long[]> credits = SharedOptions.Credits();

    private readonly Option<string> reason = SharedOptions.Reason("Why they stay, for the record.");

    public CreditsDecline() : base(
        "decline", "Ends requests to undo credits, also one's own: the credits stay what they are.",
        "proactive-care credits decline 4 --reason \"it was right\"")
    {
        Add(credits);
        Add(reason);
    }

    protected override async Task<int> Do(Session session)
    {
        CreditId[] ids = [.. session.Get(credits)!.Select(id => new CreditId(id))];
        var decided = await session.Do(Operations.DeclineCredits, new SomeCreditsWhy(ids, session.Get(reason)!));
        return DecidedCredits.Answer(session, decided, "not undone");
    }
}
