namespace ProactiveCare.Cases;

/// <summary>The outcome of a decision.</summary>
public sealed class Outcome : Code<Outcome>
{
    /// <summary>Money is given now.</summary>
    public static readonly Outcome Pay = new("pay", CaseState.Given, "to be paid");

    /// <summary>Money is owed and waits for a person, a budget or the andon.</summary>
    public static readonly Outcome Hold = new("hold", CaseState.Held, "held");

    /// <summary>The customer is told; no money.</summary>
    public static readonly Outcome Tell = new("tell", CaseState.Told, "told");

    /// <summary>Something has not arrived; decided again when it has.</summary>
    public static readonly Outcome Wait = new("wait", CaseState.Waiting, "waiting");

    /// <summary>Held out to measure what helping does; made good later.</summary>
    public static readonly Outcome HoldOut = new("hold-out", CaseState.HeldOut, "held out");

    /// <summary>Nothing is owed, for the one reason named.</summary>
    public static readonly Outcome Refuse = new("refuse", CaseState.Refused, "owed nothing");

    private Outcome(string text, CaseState state, string said) : base(text) => (State, Said) = (state, said);

    /// <summary>The state of the case after it.</summary>
    public CaseState State { get; }

    /// <summary>As a number of cases is described: "3 to be paid".</summary>
    public string Said { get; }
}

/// <summary>A decision, before it is recorded.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Reason">The one reason, when it does not simply pay or tell.</param>
/// <param name="Target">What is owed by now; null when no money is in question.</param>
/// <param name="Pays">The target less what earlier decisions gave; null when no money is in question.</param>
/// <param name="PurchaseId">The purchase to refund; null for an account credit.</param>
/// <param name="InDoubt">Whether it was decided for the customer's benefit in a doubtful case.</param>
public sealed record Verdict(
    Outcome Outcome, Reason? Reason, Money? Target, Money? Pays, PurchaseId? PurchaseId, bool InDoubt)
{
    internal static Verdict No(Outcome outcome, Reason reason) => new(outcome, reason, null, null, null, false);
}
