using NodaTime;
using ProactiveCare.Ledger;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>Why a credit waits for a person.</summary>
public static class HoldReason
{
    /// <summary>The amount is above the job's approval threshold.</summary>
    public const string Approval = "approval";

    /// <summary>The customer has had as many credits of the job as its limit allows.</summary>
    public const string LimitReview = "limit-review";

    /// <summary>The job states no limit for the currency, and nothing is converted.</summary>
    public const string NoLimitForCurrency = "no-limit-for-currency";

    /// <summary>The job's budget of the day is exhausted.</summary>
    public const string Budget = "budget";

    /// <summary>Somebody stopped the job from paying.</summary>
    public const string Andon = "andon";
}

/// <summary>How far a credit is.</summary>
public static class CreditState
{
    /// <summary>A person has to decide.</summary>
    public const string Pending = "pending";

    /// <summary>Owed and not yet handed to a gateway.</summary>
    public const string Approved = "approved";

    /// <summary>Handed to a gateway that has not answered.</summary>
    public const string Settling = "settling";

    /// <summary>Paid; an end.</summary>
    public const string Settled = "settled";

    /// <summary>Refused by the gateway and still owed, until it is retried or reversed.</summary>
    public const string Failed = "failed";

    /// <summary>Never owed, by a person's decision; an end.</summary>
    public const string Rejected = "rejected";

    /// <summary>Owed once and taken back before it was paid; an end.</summary>
    public const string Reversed = "reversed";

    /// <summary>All of them, in the order of their way.</summary>
    public static readonly IReadOnlyList<string> All =
        [Pending, Approved, Settling, Settled, Failed, Rejected, Reversed];
}

/// <summary>How a credit reaches the customer.</summary>
public static class CreditKind
{
    /// <summary>Back to the payment of a purchase.</summary>
    public const string Refund = "refund";

    /// <summary>Onto the customer's account.</summary>
    public const string AccountCredit = "account-credit";
}

/// <summary>A credit as a decision makes it.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="DecisionNumber">The decision of the case; each makes at most one credit.</param>
/// <param name="JobId">The job.</param>
/// <param name="CustomerId">Who gets it; known to the installation.</param>
/// <param name="Entitlement"><c>goodwill</c>, <c>contract</c> or <c>statutory</c>; the last two are owed at once, even
/// while held.</param>
/// <param name="Family"><c>compensation</c> or <c>price</c>; a price family gives back revenue.</param>
/// <param name="Kind">One of <see cref="CreditKind"/>.</param>
/// <param name="PurchaseId">What is refunded; none for an account credit.</param>
/// <param name="Amount">More than nothing.</param>
/// <param name="MakerId">The job's version, or the person, that decided.</param>
public sealed record NewCredit(
    CaseId CaseId, int DecisionNumber, JobId JobId, CustomerId CustomerId, string Entitlement, string Family,
    string Kind, PurchaseId? PurchaseId, Money Amount, ActorId MakerId)
{
    /// <summary>The number that stands for the customer in the books; null until it was looked up.</summary>
    public long? CustomerNumber { get; init; }

    /// <summary>
    /// Why it waits for a person, one of <see cref="Payments.HoldReason"/>; null when it is approved at once.
    /// </summary>
    public string? HoldReason { get; init; }

    /// <summary>The budget period in which its amount is reserved; null when no budget holds it yet.</summary>
    public string? BudgetPeriod { get; init; }

    /// <summary>By when a person should have decided.</summary>
    public Instant? DecideByAt { get; init; }
}

/// <summary>A credit as it stands.</summary>
public sealed record Credit(
    CreditId Id, CaseId CaseId, int DecisionNumber, JobId JobId, CustomerId CustomerId, long CustomerNumber,
    string Entitlement, string Family, string Kind, PurchaseId? PurchaseId, long AmountMinor, Currency Currency,
    string State, string? HoldReason, string? BudgetPeriod, ActorId MakerId, ActorId? ApproverId, Instant? DecideByAt,
    Instant CreatedAt, Instant? ApprovedAt, Instant? SettlingAt, Instant? SettledAt, string? Gateway, long? Batch,
    string? Reference, string? Reason)
{
    internal const string Columns =
        """
        credit_id AS id, case_id, decision_number, job_id, customer_id, customer_number, entitlement, family, kind,
        purchase_id, amount_minor, currency, state, hold_reason, budget_period, maker_id, approver_id, decide_by_at,
        created_at, approved_at, settling_at, settled_at, gateway, batch, reference, reason
        """;

    internal static Credit Read(Row row) => new(
        new CreditId(row.Number(0)), new CaseId(row.Number(1)), (int)row.Number(2), new JobId(row.Text(3)),
        new CustomerId(row.Text(4)), row.Number(5), row.Text(6), row.Text(7), row.Text(8),
        row.TextOrNull(9) is { } purchase ? new PurchaseId(purchase) : null, row.Number(10),
        Currency.Of(row.Text(11)), row.Text(12), row.TextOrNull(13), row.TextOrNull(14), new ActorId(row.Number(15)),
        row.NumberOrNull(16) is { } approver ? new ActorId(approver) : null, row.InstantOrNull(17), row.Instant(18),
        row.InstantOrNull(19), row.InstantOrNull(20), row.InstantOrNull(21), row.TextOrNull(22), row.NumberOrNull(23),
        row.TextOrNull(24), row.TextOrNull(25));

    /// <summary>What is owed.</summary>
    public Money Amount => new(AmountMinor, Currency);

    /// <summary>Whether it is owed from its decision on, whatever a person still decides about paying it.</summary>
    internal bool OwedAtOnce => Entitlement is "contract" or "statutory";

    /// <summary>The account that bears the cost.</summary>
    internal string CostAccount =>
        Family == "price" ? Account.PriceReduction(JobId) : Account.Expense(Entitlement, JobId);
}

/// <summary>A payment cannot go on like that; the message says why and what to do, in the user's words.</summary>
public sealed class PaymentException(string message, RefusalCode code = RefusalCode.Conflict)
    : RefusedException(message, code);
