namespace ProactiveCare;

/// <summary>The one reason of a decision that does not simply pay or alert.</summary>
public class Reason : Code<Reason>
{
    /// <summary>The customer has not arrived yet.</summary>
    public static readonly Reason CustomerNotArrived = new(
        "customer-not-arrived", "we do not know this customer yet and look again as soon as we do");

    /// <summary>The purchase has not arrived yet.</summary>
    public static readonly Reason PurchaseNotArrived = new(
        "purchase-not-arrived", "the purchase has not reached us yet; we look again as soon as it has");

    /// <summary>The customer did not arrive within the job's waiting time.</summary>
    public static readonly Reason CustomerNeverArrived = new(
        "customer-never-arrived", "this customer never became known to us for as long as we looked");

    /// <summary>The purchase did not arrive within the job's waiting time.</summary>
    public static readonly Reason PurchaseNeverArrived = new(
        "purchase-never-arrived", "the purchase never reached us for as long as we looked");

    /// <summary>The purchase was made by somebody else.</summary>
    public static readonly Reason PurchaseOfAnother = new(
        "purchase-of-another-customer", "the purchase was made by another customer");

    /// <summary>Another case compensates the same service event.</summary>
    public static readonly Reason CaredForAlready = new(
        "cared-for-already", "the same event is cared for by another case already");

    /// <summary>An agent or another system refunded the purchase after the event.</summary>
    public static readonly Reason RefundedElsewhere = new(
        "refunded-elsewhere", "the purchase had been refunded already by somebody else");

    /// <summary>The customer disputes the payment with their bank.</summary>
    public static readonly Reason OpenDispute = new(
        "open-dispute", "the payment is disputed with the bank, and a refund beside that would pay twice");

    /// <summary>The job leaves out customers of this status.</summary>
    public static readonly Reason ExcludedStatus = new(
        "excluded-status", "the job leaves out accounts of this status");

    /// <summary>The job leaves out this plan.</summary>
    public static readonly Reason ExcludedPlan = new("excluded-plan", "the job leaves out this plan");

    /// <summary>The job leaves out this kind of purchase.</summary>
    public static readonly Reason ExcludedPurchaseKind = new(
        "excluded-purchase-kind", "the job leaves out this kind of purchase");

    /// <summary>Held out to measure the effect of compensation.</summary>
    public static readonly Reason HeldOut = new(
        "held-out", "the case waits in a comparison group and is made good when its time is over");

    /// <summary>Nothing was paid, or all of it is refunded.</summary>
    public static readonly Reason NothingLeft = new(
        "nothing-left-to-refund", "nothing was paid for it, or all of it has been given back");

    /// <summary>Earlier decisions of the case gave everything owed.</summary>
    public static readonly Reason GivenAlready = new("given-already", "everything owed for it was given before");

    /// <summary>The job defines no amount in the customer's currency.</summary>
    public static readonly Reason NoAmountForCurrency = new(
        "no-amount-for-currency", "the job names no amount in the customer's currency");

    /// <summary>Nothing says in which currency the customer pays.</summary>
    public static readonly Reason CurrencyNotKnown = new(
        "currency-not-known", "we do not know in which currency this customer pays, and look again as soon as we do");

    /// <summary>The job has no limit in this currency: a person decides.</summary>
    public static readonly HoldReason NoLimitForCurrency = new(
        "no-limit-for-currency", "the job has no limit in this currency, so a person decides");

    /// <summary>The customer was helped as often as the job's limit allows: a person decides.</summary>
    public static readonly HoldReason LimitReview = new(
        "limit-review", "this customer has been helped often lately, so a person decides");

    /// <summary>The andon of the job is pulled.</summary>
    public static readonly HoldReason Andon = new(
        "andon", "payments of this job are stopped while a fault is looked into");

    /// <summary>The amount is above the job's approval threshold.</summary>
    public static readonly HoldReason Approval = new(
        "approval", "an amount as high as this is approved by a person first");

    /// <summary>The job's budget of the day is exhausted.</summary>
    public static readonly HoldReason Budget = new(
        "budget",
        "the budget of the day was spent; it is paid when there is budget again, or when a person approves it");

    private protected Reason(string text, string because) : base(text) => Because = because;

    /// <summary>The part of a sentence after "because", in words that can be read to the customer.</summary>
    public string Because { get; }
}

/// <summary>A reason for which a credit is held: the money is owed in principle and waits.</summary>
public sealed class HoldReason : Reason
{
    internal HoldReason(string text, string because) : base(text, because)
    {
    }

    /// <summary>All hold reasons.</summary>
    internal static new IReadOnlyList<HoldReason> All { get; } = [.. Reason.All.OfType<HoldReason>()];

    /// <summary>The value of a stored text.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    internal static new HoldReason Parse(string text) => (HoldReason)Codes.Parse(typeof(HoldReason), text);
}
