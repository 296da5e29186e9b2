using ProactiveCare.Ledger;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>The state of a credit.</summary>
public sealed class CreditState : Code<CreditState>
{
    /// <summary>A person has to decide about it.</summary>
    public static readonly CreditState Pending = new("pending");

    /// <summary>Owed and not yet sent to its gateway.</summary>
    public static readonly CreditState Approved = new("approved");

    /// <summary>Sent to its gateway, which answers later.</summary>
    public static readonly CreditState Settling = new("settling");

    /// <summary>Sent to its gateway with an unknown outcome; the gateway or a person resolves it.</summary>
    public static readonly CreditState Unknown = new("unknown");

    /// <summary>Paid, until two people undo it.</summary>
    public static readonly CreditState Settled = new("settled");

    /// <summary>Refused by the gateway and still owed, until it is retried or reversed.</summary>
    public static readonly CreditState Failed = new("failed");

    /// <summary>Never owed, by a person's decision; final.</summary>
    public static readonly CreditState Rejected = new("rejected");

    /// <summary>Owed once and reversed before payment; final.</summary>
    public static readonly CreditState Reversed = new("reversed");

    /// <summary>Paid to the account, and to be taken back by billing.</summary>
    public static readonly CreditState Debiting = new("debiting");

    /// <summary>Paid to the account and taken back; final.</summary>
    public static readonly CreditState Debited = new("debited");

    /// <summary>Refunded by mistake: the customer keeps it; final.</summary>
    public static readonly CreditState WrittenOff = new("written-off");

    private CreditState(string text) : base(text)
    {
    }
}

/// <summary>The way in which a credit reaches the customer.</summary>
public sealed class CreditKind : Code<CreditKind>
{
    /// <summary>Back to the payment of a purchase.</summary>
    public static readonly CreditKind Refund = new("refund", "refund-file");

    /// <summary>Onto the customer's account.</summary>
    public static readonly CreditKind AccountCredit = new("account-credit", "account-credit");

    private CreditKind(string text, string gateway) : base(text) => Gateway = gateway;

    /// <summary>The name of the gateway that pays credits of this kind.</summary>
    public string Gateway { get; }
}

/// <summary>The kind of obligation that a credit meets.</summary>
public sealed class Entitlement : Code<Entitlement>
{
    /// <summary>Given voluntarily by the company.</summary>
    public static readonly Entitlement Goodwill = new("goodwill", owedAtOnce: false);

    /// <summary>Owed by the terms of a contract.</summary>
    public static readonly Entitlement Contract = new("contract", owedAtOnce: true);

    /// <summary>Owed by law.</summary>
    public static readonly Entitlement Statutory = new("statutory", owedAtOnce: true);

    private Entitlement(string text, bool owedAtOnce) : base(text) => OwedAtOnce = owedAtOnce;

    /// <summary>Whether a credit is owed from its decision on, even while its payment is held.</summary>
    public bool OwedAtOnce { get; }
}

/// <summary>The family of a compensation: each service event is compensated once per family.</summary>
public sealed class Family : Code<Family>
{
    /// <summary>Something went wrong; the cost is an expense.</summary>
    public static readonly Family Compensation = new("compensation");

    /// <summary>A price fell; revenue is returned.</summary>
    public static readonly Family Price = new("price");

    /// <summary>A warning; no money.</summary>
    public static readonly Family Alert = new("alert");

    private Family(string text) : base(text)
    {
    }
}

/// <summary>A new credit of a decision.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="DecisionNumber">The decision of the case; each makes at most one credit.</param>
/// <param name="JobId">The job.</param>
/// <param name="CustomerId">The receiver; known to the installation.</param>
/// <param name="Entitlement">The kind of obligation.</param>
/// <param name="Family">The family, which determines the cost account.</param>
/// <param name="Kind">The way of payment, which determines the gateway.</param>
/// <param name="PurchaseId">The purchase to refund; none for an account credit.</param>
/// <param name="Amount">A positive amount.</param>
/// <param name="MakerId">The job's version, or the person, that decided.</param>
public sealed record NewCredit(
    CaseId CaseId, int DecisionNumber, JobId JobId, CustomerId CustomerId, Entitlement Entitlement,
    Family Family, CreditKind Kind, PurchaseId? PurchaseId, Money Amount, ActorId MakerId)
{
    /// <summary>The customer's number in the books; null until it was looked up.</summary>
    public long? CustomerNumber { get; init; }

    /// <summary>The hold reason; null when it is approved at once.</summary>
    public HoldReason? HoldReason { get; init; }

    /// <summary>The budget period of its reservation; null when there is none yet.</summary>
    public string? BudgetPeriod { get; init; }

    /// <summary>The deadline of a person's decision.</summary>
    public Instant? DecideByAt { get; init; }

    /// <summary>The failed refund in whose place it stands, else 0.</summary>
    public CreditId Replaces { get; init; }
}

/// <summary>A stored credit. Money given elsewhere has lowered it by the reduced amount; one that waits for the end of
/// a <c>dispute</c>, or for a refund in another <c>currency</c> to be put right, does not leave.</summary>
public sealed record Credit(
    CreditId Id, CaseId CaseId, int DecisionNumber, JobId JobId, CustomerId CustomerId, long CustomerNumber,
    Entitlement Entitlement, Family Family, CreditKind Kind, PurchaseId? PurchaseId, long AmountMinor,
    Currency Currency, CreditState State, HoldReason? HoldReason, string? BudgetPeriod, ActorId MakerId,
        ActorId? ApproverId, Instant? DecideByAt,
    Instant CreatedAt, Instant? ApprovedAt, Instant? SettlingAt, Instant? SettledAt, string Gateway, long? Batch,
    string? Reference, string? Reason, long ReducedMinor, string? WaitsFor)
{
    internal const string Columns =
        $"""
        credit_id AS id, case_id, decision_number, job_id, customer_id, customer_number, entitlement, family, kind,
        purchase_id, amount_minor, currency, state, hold_reason, budget_period, maker_id, approver_id, decide_by_at,
        created_at, approved_at, settling_at, settled_at, gateway, batch, reference, reason, reduced_minor,
        {MoneyElsewhere.WaitsFor} AS waits_for
        """;

    internal static Credit Read(Row row) => new(
        new CreditId(row.Number(0)), new CaseId(row.Number(1)), (int)row.Number(2), new JobId(row.Text(3)),
        new CustomerId(row.Text(4)), row.Number(5), row.Code<Entitlement>(6), row.Code<Family>(7),
        row.Code<CreditKind>(8),
        row.TextOrNull(9) is { } purchase ? new PurchaseId(purchase) : null, row.Number(10),
        Currency.Of(row.Text(11)), row.Code<CreditState>(12), row.CodeOrNull<HoldReason>(13), row.TextOrNull(14),
            new ActorId(row.Number(15)),
        row.NumberOrNull(16) is { } approver ? new ActorId(approver) : null, row.InstantOrNull(17), row.Instant(18),
        row.InstantOrNull(19), row.InstantOrNull(20), row.InstantOrNull(21), row.Text(22), row.NumberOrNull(23),
        row.TextOrNull(24), row.TextOrNull(25), row.Number(26), row.TextOrNull(27));

    /// <summary>The reason why it does not leave, whatever its state; null when nothing given elsewhere holds it.
    /// </summary>
    public string? Waits => WaitsFor switch
    {
        "dispute" => "it is not paid before the dispute about its purchase ends",
        "currency" => "it is not paid before the refund of its purchase in another currency is imported in its own",
        _ => null,
    };

    /// <summary>The amount owed.</summary>
    public Money Amount => new(AmountMinor, Currency);

    /// <summary>The account that bears the cost.</summary>
    internal string CostAccount => Family == Family.Price
        ? Account.PriceReduction(JobId)
        : Account.Expense(Entitlement.Text, JobId);
}

/// <summary>A payment operation was refused; the message says why and what to do, in the user's words.</summary>
public sealed class PaymentException(string message, RefusalCode code = RefusalCode.Conflict)
    : RefusedException(message, code);
