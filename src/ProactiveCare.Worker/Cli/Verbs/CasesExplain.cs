using ProactiveCare.Cases;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Explains why something was or was not paid or sent.</summary>
internal sealed class CasesExplain : PlainVerb
{
    private readonly Argument<long?> number = new("CASE")
    { Arity = ArgumentArity.ZeroOrOne, Description = "Its number, as 'cases list' shows it; or name a customer." };

    private readonly Option<string?> customer = new("--customer")
    { HelpName = "ID", Description = "All that concerns a customer." };

    private readonly Option<string?> at = new("--at")
    { HelpName = "INSTANT", Description = "Only what lies within a day of this instant." };

    public CasesExplain() : base(
        "explain", "Says why something was or was not paid or sent, in words that can be read to the customer.",
        "proactive-care cases explain 17\nproactive-care cases explain --customer c-1041 --at 2026-03-14T20:00:00Z")
    {
        Add(number);
        Add(customer);
        Add(at);
    }

    protected override int Show(Session session)
    {
        if (session.Get(number) is null == session.Get(customer) is null)
            throw new UsageException("Name either a case or, with --customer, a customer.");
        if (session.Get(at) is not null && session.Get(customer) is null)
            throw new UsageException("--at goes with --customer: a case has a time of its own.");
        var around = Phrases.InstantOf("--at", session.Get(at));
        var texts = session.Read(db => session.Get(number) is { } id
            ? [Explain.Case(db, CaseForms.Known(db, id))]
            : Explain.Customer(db, CaseForms.KnownCustomer(db, new CustomerId(session.Get(customer)!)), around));
        session.Answer(new { explanations = texts }, to =>
        {
            foreach (var each in texts) to.Line(Phrases.OnClock(each.Text, session.Zone));
        });
        return Failures.Done;
    }
}
