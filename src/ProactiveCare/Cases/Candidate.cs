namespace ProactiveCare.Cases;

/// <summary>A finding at the case desk, as far as it was looked at.</summary>
/// <param name="Earlier">Its case, if it was opened before.</param>
/// <param name="Facts">What its decision knows; null when the earlier one stands for ever.</param>
/// <param name="Verdict">The decision; null as well.</param>
internal sealed record Candidate(CareCase? Earlier, Facts? Facts, Verdict? Verdict)
{
    /// <summary>The case, once it has a number.</summary>
    public CaseId Id { get; init; }

    /// <summary>Which decision of the case it is, from 1.</summary>
    public int Number { get; init; }

    /// <summary>Whether a decision for ever has been made on it.</summary>
    public bool IsSettled => Verdict is null;

    /// <summary>What it is to give, at once or once a person has approved; null when it gives no money.</summary>
    public Money? Pays => Verdict is { } verdict && verdict.Outcome.IsOneOf(Outcome.Pay, Outcome.Hold)
        ? verdict.Pays
        : null;

    /// <summary>Whether the budget has to be asked; nothing is reserved without a limit.</summary>
    public bool NeedsBudget => Pays is not null && Verdict!.Reason != Reason.NoLimitForCurrency;

    /// <summary>
    /// Whether the decision is recorded. Nothing given is taken back: one that gives nothing new leaves the case as it
    /// is, unless the case was still open.
    /// </summary>
    public bool Changes => Verdict is { } verdict && (Earlier is null
        || (Earlier.State.IsOneOf(CaseState.Waiting, CaseState.HeldOut)
            ? !verdict.Outcome.IsOneOf(Outcome.Wait, Outcome.HoldOut)
            : Helps));

    /// <summary>Whether it gives or tells something.</summary>
    public bool Helps => Verdict is { } verdict && verdict.Outcome.IsOneOf(Outcome.Pay, Outcome.Hold, Outcome.Tell);
}
