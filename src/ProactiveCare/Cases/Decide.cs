using ProactiveCare.Jobs;

namespace ProactiveCare.Cases;

/// <summary>The rule: one list of pure stages; the first stage that objects gives the reason. The same job version and
/// facts always give the same verdict; a change that could alter one needs a new <see cref="RuleVersion"/>.</summary>
public static class Decide
{
    /// <summary>Stored with every decision.</summary>
    public const int RuleVersion = 1;

    private static readonly Func<Job, Facts, Verdict?>[] BeforeMoney = [Known, NotCaredFor, NotExcluded, NotHeldOut];
    private static readonly Func<Job, Facts, Money, HoldReason?>[] Holds =
        [CurrencyHold, CustomerHold, AndonHold, ApprovalHold, BudgetHold];

    /// <summary>The verdict. Before the budget is reserved (<see cref="Facts.BudgetReserved"/> is null), a verdict that
    /// gives money states the amount to reserve.</summary>
    public static Verdict On(Job job, Facts facts)
    {
        foreach (var stage in BeforeMoney)
            if (stage(job, facts) is { } no) return no;
        if (!job.Pays) return new Verdict(Outcome.Tell, null, null, null, null, facts.Finding.InDoubt);
        var (owed, purchase, none) = Amount(job.Remedy, facts);
        if (none?.Outcome == Outcome.Wait && Looked(job, facts)) return none with { Outcome = Outcome.Refuse };
        if (none is not null) return none;
        var target = owed!.Value;
        // Nothing is converted: what was given in one currency is not taken off a sum in another.
        if (facts.GivenIn is { } given && given != target.Currency)
            return Verdict.No(Outcome.Refuse, Reason.GivenAlready) with { Target = target };
        var pays = target with { Minor = target.Minor - facts.Given };
        if (pays.Minor <= 0) return Verdict.No(Outcome.Refuse, Reason.GivenAlready) with { Target = target };
        var hold = Holds.Select(stage => stage(job, facts, pays)).FirstOrDefault(reason => reason is not null);
        var outcome = hold is null ? Outcome.Pay : Outcome.Hold;
        return new Verdict(outcome, hold, target, pays, purchase, facts.Finding.InDoubt);
    }

    private static Verdict? Known(Job job, Facts facts)
    {
        var looked = Looked(job, facts);
        if (facts.Customer is null)
            return looked
                ? Verdict.No(Outcome.Refuse, Reason.CustomerNeverArrived)
                : Verdict.No(Outcome.Wait, Reason.CustomerNotArrived);
        if (facts.Finding.PurchaseId is null || job.Remedy is not RefundRemedy) return null;
        if (facts.Purchase is null)
            return looked
                ? Verdict.No(Outcome.Refuse, Reason.PurchaseNeverArrived)
                : Verdict.No(Outcome.Wait, Reason.PurchaseNotArrived);
        return facts.Purchase.CustomerId == facts.Finding.CustomerId
            ? null
            : Verdict.No(Outcome.Refuse, Reason.PurchaseOfAnother);
    }

    private static bool Looked(Job job, Facts facts) => facts.Now - facts.Finding.OccurredAt > job.Detect.Look;

    private static Verdict? NotCaredFor(Job job, Facts facts)
    {
        if (facts.CaredForBy is not null) return Verdict.No(Outcome.Refuse, Reason.CaredForAlready);
        return facts.GivenElsewhere switch
        {
            null => null,
            { IsOpenDispute: true } => Verdict.No(Outcome.Wait, Reason.OpenDispute),
            _ => Verdict.No(Outcome.Refuse, Reason.RefundedElsewhere),
        };
    }

    private static Verdict? NotExcluded(Job job, Facts facts)
    {
        if (job.Exclude.Status.Contains(facts.Customer!.Status))
            return Verdict.No(Outcome.Refuse, Reason.ExcludedStatus);
        if (facts.Customer.Plan is { } plan && job.Exclude.Plan.Contains(plan))
            return Verdict.No(Outcome.Refuse, Reason.ExcludedPlan);
        return facts.Purchase is { } purchase && job.Exclude.PurchaseKind.Contains(purchase.Kind)
            ? Verdict.No(Outcome.Refuse, Reason.ExcludedPurchaseKind)
            : null;
    }

    // Only goodwill money is held out, never a safety notice, never a customer who has contacted us.
    private static Verdict? NotHeldOut(Job job, Facts facts)
    {
        var heldOut = job.Pays && !job.Notice.Urgent && !facts.Contacted && facts.Given == 0
            && facts.Draw < job.Rollout.HoldOut;
        var madeGood = facts.HeldOutAt is { } since && facts.Now - since >= job.Rollout.MakeGood;
        return heldOut && !madeGood ? Verdict.No(Outcome.HoldOut, Reason.HeldOut) : null;
    }

    private static (Money? Target, PurchaseId? Purchase, Verdict? None) Amount(Remedy remedy, Facts facts) =>
        remedy switch
    {
        RefundRemedy refund when facts.Purchase is { } purchase => Refund(refund, purchase, facts),
        RefundRemedy refund => Credit(refund.Otherwise, facts),
        CreditRemedy credit => Credit(credit.Amounts, facts),
        _ => throw new InvalidOperationException("A remedy without money has no amount."),
    };

    private static (Money?, PurchaseId?, Verdict?) Refund(RefundRemedy refund, PurchaseFacts purchase, Facts facts)
    {
        var basis = facts.Finding.AmountBasis is { } minor ? purchase.Paid with { Minor = minor } : purchase.Paid;
        var target = basis.Share(refund.Share);
        if (In(refund.AtMost, target.Currency) is { } atMost) target = Money.Min(target, atMost);
        // Earlier refunds of this case are part of both the returned sum and the target.
        target = Money.Min(target, purchase.Left with { Minor = purchase.Left.Minor + facts.Given });
        return target.Minor > 0
            ? (target, facts.Finding.PurchaseId, null)
            : (null, null, Verdict.No(Outcome.Refuse, Reason.NothingLeft));
    }

    private static (Money?, PurchaseId?, Verdict?) Credit(IReadOnlyList<Money> amounts, Facts facts)
    {
        if (amounts.Count == 0) return (null, null, Verdict.No(Outcome.Refuse, Reason.NothingLeft));
        var bought = facts.Purchase is { } purchase && purchase.CustomerId == facts.Finding.CustomerId
            ? purchase.Paid.Currency
            : (Currency?)null;
        var pays = facts.GivenIn ?? bought ?? facts.Customer!.Currency ?? facts.CompanyCurrency;
        if (pays is not { } currency) return (null, null, Verdict.No(Outcome.Wait, Reason.CurrencyNotKnown));
        return In(amounts, currency) is { } target
            ? (target, null, null)
            : (null, null, Verdict.No(Outcome.Wait, Reason.NoAmountForCurrency));
    }

    private static HoldReason? CurrencyHold(Job job, Facts facts, Money pays)
    {
        var limited = (job.Remedy is not RefundRemedy refund || facts.Purchase is null
            || In(refund.AtMost, pays.Currency) is not null)
            && In(job.Limits.DailyBudget, pays.Currency) is not null
            && (job.Limits.Approval is not { } approval || In(approval.Above, pays.Currency) is not null);
        return limited ? null : Reason.NoLimitForCurrency;
    }

    private static HoldReason? CustomerHold(Job job, Facts facts, Money pays) =>
        job.Limits.PerCustomer is { } limit && facts.RecentCredits >= limit.Count ? Reason.LimitReview : null;

    private static HoldReason? AndonHold(Job job, Facts facts, Money pays) => facts.Andon ? Reason.Andon : null;

    private static HoldReason? ApprovalHold(Job job, Facts facts, Money pays) =>
        job.Limits.Approval is { } approval && In(approval.Above, pays.Currency) is { } above && pays > above
            ? Reason.Approval
            : null;

    private static HoldReason? BudgetHold(Job job, Facts facts, Money pays) => facts.BudgetReserved == false
        ? Reason.Budget
        : null;

    internal static Money? In(IReadOnlyList<Money> amounts, Currency currency)
    {
        foreach (var amount in amounts)
            if (amount.Currency == currency) return amount;
        return null;
    }
}

/// <summary>The outcome of a decision.</summary>
public sealed class Outcome : Code<Outcome>
{
    /// <summary>Money is given now.</summary>
    public static readonly Outcome Pay = new("pay", CaseState.Given);

    /// <summary>Money is owed and waits for a person, a budget or the andon.</summary>
    public static readonly Outcome Hold = new("hold", CaseState.Held);

    /// <summary>An alert is sent to the customer; no money.</summary>
    public static readonly Outcome Tell = new("tell", CaseState.Told);

    /// <summary>Something has not arrived; decided again on its arrival.</summary>
    public static readonly Outcome Wait = new("wait", CaseState.Waiting);

    /// <summary>Held out to measure the effect of compensation; compensated later.</summary>
    public static readonly Outcome HoldOut = new("hold-out", CaseState.HeldOut);

    /// <summary>Nothing is owed, for the one reason named.</summary>
    public static readonly Outcome Refuse = new("refuse", CaseState.Refused);

    private Outcome(string text, CaseState state) : base(text) => State = state;

    /// <summary>The state of the case after it.</summary>
    public CaseState State { get; }
}

/// <summary>A decision, before it is recorded.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Reason">The one reason, unless it simply pays or alerts.</param>
/// <param name="Target">The amount owed by now; null when no money is in question.</param>
/// <param name="Pays">The target less the sum of earlier decisions; null when no money is in question.</param>
/// <param name="PurchaseId">The purchase to refund; null for an account credit.</param>
/// <param name="InDoubt">Whether it was decided for the customer's benefit in a doubtful case.</param>
public sealed record Verdict(
    Outcome Outcome, Reason? Reason, Money? Target, Money? Pays, PurchaseId? PurchaseId, bool InDoubt)
{
    internal static Verdict No(Outcome outcome, Reason reason) => new(outcome, reason, null, null, null, false);
}
