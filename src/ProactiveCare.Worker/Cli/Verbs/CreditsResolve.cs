using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>States whether credits with an unknown outcome were paid.</summary>
internal sealed class CreditsResolve : Verb
{
    private readonly Argument<long[]> credits = SharedOptions.Credits();

    private readonly Option<bool> paid = new("--paid")
    { Description = "The gateway has paid: the credit is settled." };

    private readonly Option<bool> refused = new("--refused")
    { Description = "The gateway has not paid and will not: the credit is still owed." };

    private readonly Option<string> reason = SharedOptions.Reason("How it is known, for the record.");

    public CreditsResolve() : base(
        "resolve", "Says of credits with an unknown outcome whether they were paid.",
        "proactive-care credits resolve 4 --paid --reason \"the gateway's statement has it\"")
    {
        Add(credits);
        Add(paid);
        Add(refused);
        Add(reason);
    }

    protected override async Task<int> Do(Session session)
    {
        var isPaid = session.Get(paid);
        if (isPaid == session.Get(refused)) throw new UsageException("Say either --paid or --refused.");
        CreditId[] ids = [.. session.Get(credits)!.Select(id => new CreditId(id))];
        var decided = await session.Do(
            Operations.ResolveCredits, new SettledCredits(ids, isPaid, session.Get(reason)!));
        return DecidedCredits.Answer(session, decided, isPaid ? "settled" : "failed");
    }
}
