namespace ProactiveCare.Cases;

/// <summary>What a decision comes to.</summary>
public static class Outcome
{
    /// <summary>Money is given now.</summary>
    public const string Pay = "pay";

    /// <summary>Money is owed and waits for a person, a budget or the andon.</summary>
    public const string Hold = "hold";

    /// <summary>The customer is told; no money.</summary>
    public const string Tell = "tell";

    /// <summary>Something has not arrived; decided again when it has.</summary>
    public const string Wait = "wait";

    /// <summary>Held out to measure what helping does; made good later.</summary>
    public const string HoldOut = "hold-out";

    /// <summary>Nothing is owed, for the one reason named.</summary>
    public const string Refuse = "refuse";
}

/// <summary>The one reason of every "no", "later" and "wait".</summary>
public static class Reason
{
    /// <summary>The customer has not arrived yet.</summary>
    public const string CustomerNotArrived = "customer-not-arrived";

    /// <summary>The purchase has not arrived yet.</summary>
    public const string PurchaseNotArrived = "purchase-not-arrived";

    /// <summary>The customer did not arrive for as long as the job looks.</summary>
    public const string CustomerNeverArrived = "customer-never-arrived";

    /// <summary>The purchase did not arrive for as long as the job looks.</summary>
    public const string PurchaseNeverArrived = "purchase-never-arrived";

    /// <summary>The purchase was made by somebody else.</summary>
    public const string PurchaseOfAnother = "purchase-of-another-customer";

    /// <summary>Another case cares for the same service event.</summary>
    public const string CaredForAlready = "cared-for-already";

    /// <summary>An agent or another system refunded the purchase after it happened.</summary>
    public const string RefundedElsewhere = "refunded-elsewhere";

    /// <summary>The customer disputes the payment with their bank.</summary>
    public const string OpenDispute = "open-dispute";

    /// <summary>The job leaves out customers of this status.</summary>
    public const string ExcludedStatus = "excluded-status";

    /// <summary>The job leaves out this plan.</summary>
    public const string ExcludedPlan = "excluded-plan";

    /// <summary>The job leaves out this kind of purchase.</summary>
    public const string ExcludedPurchaseKind = "excluded-purchase-kind";

    /// <summary>Held out to measure what helping does.</summary>
    public const string HeldOut = "held-out";

    /// <summary>Nothing was paid, or all of it is given back.</summary>
    public const string NothingLeft = "nothing-left-to-refund";

    /// <summary>Earlier decisions of the case gave all that is owed.</summary>
    public const string GivenAlready = "given-already";

    /// <summary>The job names no amount in the customer's currency.</summary>
    public const string NoAmountForCurrency = "no-amount-for-currency";

    /// <summary>The job has no limit in this currency: a person decides.</summary>
    public const string NoLimitForCurrency = "no-limit-for-currency";

    /// <summary>The customer was helped often: a person decides.</summary>
    public const string LimitReview = "limit-review";

    /// <summary>The andon of the job is pulled.</summary>
    public const string Andon = "andon";

    /// <summary>The amount is above what a machine may give alone.</summary>
    public const string Approval = "approval";

    /// <summary>The day's budget is spent.</summary>
    public const string Budget = "budget";
}

/// <summary>A decision, before it is recorded.</summary>
/// <param name="Outcome">What it comes to.</param>
/// <param name="Reason">The one reason, when it does not simply pay or tell.</param>
/// <param name="Target">What is owed by now; null when no money is in question.</param>
/// <param name="Pays">The target less what earlier decisions gave; null when no money is in question.</param>
/// <param name="PurchaseId">The purchase to refund; null for an account credit.</param>
/// <param name="InDoubt">Whether it was decided for the customer's benefit in a doubtful case.</param>
public sealed record Verdict(string Outcome, string? Reason, Money? Target, Money? Pays, PurchaseId? PurchaseId,
    bool InDoubt)
{
    internal static Verdict No(string outcome, string reason) => new(outcome, reason, null, null, null, false);
}
