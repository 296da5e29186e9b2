using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Confirms requests to undo credits.</summary>
internal sealed class CreditsConfirm : Verb
{
    private readonly Argument<long[]> credits = SharedOptions.Credits();

    public CreditsConfirm() : base(
        "confirm", "Undoes credits that somebody else has asked to undo; customers who were told of them are told.",
        "proactive-care credits confirm 4")
    {
        Add(credits);
    }

    protected override async Task<int> Do(Session session)
    {
        CreditId[] ids = [.. session.Get(credits)!.Select(id => new CreditId(id))];
        var decided = await session.Do(Operations.ConfirmCredits, new SomeCredits(ids));
        return DecidedCredits.Answer(session, decided, "undone");
    }
}
