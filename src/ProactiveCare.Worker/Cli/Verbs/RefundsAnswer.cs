using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Answers by hand for billing.</summary>
internal sealed class RefundsAnswer : Verb
{
    private readonly Argument<long[]> credits = SharedOptions.Credits();

    private readonly Option<bool> accepted = new("--accepted") { Description = "Billing has paid." };

    private readonly Option<bool> rejected = new("--rejected")
    { Description = "Billing has not paid and will not under this key: the credit is still owed." };

    private readonly Option<string?> reference = new("--reference")
    { HelpName = "TEXT", Description = "Billing's own name for the payment." };

    private readonly Option<string?> reason = new("--reason")
    { HelpName = "TEXT", Description = "Why it was rejected; needed with --rejected." };

    public RefundsAnswer() : base(
        "answer", "Stores billing's answer about payments that 'refunds list' shows, as an answer file would.",
        "proactive-care refunds answer 4 --accepted --reference B-100\n"
        + "proactive-care refunds answer 5 6 --rejected --reason \"the card has expired\"")
    {
        Add(credits);
        Add(accepted);
        Add(rejected);
        Add(reference);
        Add(reason);
    }

    protected override async Task<int> Do(Session session)
    {
        var isAccepted = session.Get(accepted);
        if (isAccepted == session.Get(rejected)) throw new UsageException("Say either --accepted or --rejected.");
        if (!isAccepted && string.IsNullOrWhiteSpace(session.Get(reason)))
            throw new UsageException("Say why billing rejected it: --reason TEXT");
        CreditId[] ids = [.. session.Get(credits)!.Select(id => new CreditId(id))];
        var decided = await session.Do(
            Operations.AnswerRefunds,
            new AnsweredCredits(ids, isAccepted, session.Get(reference), session.Get(reason)));
        return DecidedCredits.Answer(session, decided, isAccepted ? "answered as accepted" : "answered as rejected");
    }
}
