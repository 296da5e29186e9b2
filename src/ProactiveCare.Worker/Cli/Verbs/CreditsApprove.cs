using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Approves pending credits.</summary>
internal sealed class CreditsApprove : Verb
{
    private readonly Argument<long[]> credits = SharedOptions.Credits();

    public CreditsApprove() : base(
        "approve", "Approves pending credits, each on its own: they are owed and will be paid.",
        "proactive-care credits approve 4\nproactive-care credits approve 4 5 6")
    {
        Add(credits);
    }

    protected override async Task<int> Do(Session session)
    {
        CreditId[] ids = [.. session.Get(credits)!.Select(id => new CreditId(id))];
        var decided = await session.Do(Operations.ApproveCredits, new SomeCredits(ids));
        return DecidedCredits.Answer(session, decided, "approved");
    }
}
