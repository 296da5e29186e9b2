using NodaTime;

namespace ProactiveCare.Jobs;

/// <summary>What a customer gets.</summary>
public abstract record Remedy;

/// <summary>Money back to where the purchase was paid from.</summary>
/// <param name="Share">The share of what was paid: above 0, at most 1.</param>
/// <param name="AtMost">The limit by currency; a purchase in another currency goes to review.</param>
/// <param name="Otherwise">The account credit when there is no purchase to refund; empty when there is none.</param>
public sealed record RefundRemedy(decimal Share, IReadOnlyList<Money> AtMost, IReadOnlyList<Money> Otherwise) : Remedy;

/// <summary>Money on the customer's account.</summary>
/// <param name="Amounts">The amount by currency.</param>
public sealed record CreditRemedy(IReadOnlyList<Money> Amounts) : Remedy;

/// <summary>No money: the customer is told, and that is the help.</summary>
public sealed record NoticeOnly : Remedy;

/// <summary>What bounds a job's money.</summary>
/// <param name="PerCustomer">How often one customer is helped without a person looking; null for no such limit.</param>
/// <param name="DailyBudget">What the job may reserve in a day, by currency; empty when it gives no money.</param>
/// <param name="Approval">What a person approves first; null when nothing.</param>
public sealed record JobLimits(CustomerLimit? PerCustomer, IReadOnlyList<Money> DailyBudget, ApprovalRule? Approval);

/// <summary>At most so many in a rolling time; above it a person decides.</summary>
/// <param name="Count">1 to 1000.</param>
/// <param name="Within">1 hour to 3660 days.</param>
public sealed record CustomerLimit(int Count, Duration Within);

/// <summary>Amounts that a person approves first.</summary>
/// <param name="Above">By currency: an amount above it waits.</param>
/// <param name="DecideWithin">How long the decision may take before staff are told: 1 minute to 30 days.</param>
public sealed record ApprovalRule(IReadOnlyList<Money> Above, Duration DecideWithin);
