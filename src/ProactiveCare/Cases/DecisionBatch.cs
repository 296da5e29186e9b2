using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Ledger;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>
/// Decides findings in batches of one transaction: gathers facts, decides, and records case, decision, reserved budget,
/// credit and notice together.
/// </summary>
public sealed class CaseDesk(NoticeSettings notices)
{
    /// <summary>The budget period of an instant: the company's date.</summary>
    public string Period(Instant now) => NodaTime.Text.LocalDatePattern.Iso.Format(now.InZone(notices.TimeZone).Date);

    /// <summary>Begins a batch of findings of one job, in the caller's transaction.</summary>
    /// <param name="db">The transaction; the batch ends with it.</param>
    /// <param name="by">The job, and whether it acts.</param>
    /// <param name="run">The run that found; null when cases are decided again.</param>
    /// <param name="now">The moment of all its decisions.</param>
    internal DecisionBatch Begin(DbConnection db, ScheduledJob by, RunId? run, Instant now) => new(db)
    {
        By = by,
        Run = run,
        Now = now,
        Actor = Actors.Job(db, by.Job.Id, by.Job.Version, now),
        Andon = JobStops.IsAndon(db, by.Job.Id, now),
        Period = Period(now),
        Notices = notices,
    };
}

/// <summary>A batch of findings of one job in one transaction. Each decision sees the effects of earlier
/// ones.</summary>
internal sealed class DecisionBatch(DbConnection db)
{
    private readonly List<Entry> owed = [];
    private readonly List<Verdict> verdicts = [];
    private IReadOnlySet<string>? customers;
    private IReadOnlySet<string>? purchases;

    public required ScheduledJob By { get; init; }

    public required RunId? Run { get; init; }

    public required Instant Now { get; init; }

    public required ActorId Actor { get; init; }

    public required bool Andon { get; init; }

    public required string Period { get; init; }

    public required NoticeSettings Notices { get; init; }

    /// <summary>The decisions that the batch has recorded.</summary>
    public IReadOnlyList<Verdict> Verdicts => verdicts;

    private Job Job => By.Job;

    /// <summary>Decides findings of a run.</summary>
    /// <returns>The number of new cases.</returns>
    public int DecideAll(IReadOnlyList<Finding> findings) => Count(findings, candidate => candidate.Earlier is null);

    /// <summary>Decides findings of open cases again.</summary>
    /// <returns>The number of changed decisions.</returns>
    public int DecideAgain(IReadOnlyList<Finding> findings) => Count(findings, candidate => candidate.Changes);

    /// <summary>Whether the customer had arrived, and is locked, before the batch began.</summary>
    public bool HasLocked(CustomerId customer) => customers?.Contains(customer.Value) ?? true;

    /// <summary>Whether the purchase had arrived, and is locked, before the batch began.</summary>
    public bool HasLocked(PurchaseId purchase) => purchases?.Contains(purchase.Value) ?? true;

    // One batch at a time decides about a customer: its limits, entitlements and purchases. The journal is posted to
    // last, because every batch needs its lock.
    private int Count(IReadOnlyList<Finding> findings, Func<Candidate, bool> counts)
    {
        customers = db.LockRows("customer", "customer_id", findings.Select(finding => finding.CustomerId.Value));
        purchases = db.LockRows(
            "purchase", "purchase_id",
            findings.Where(finding => finding.PurchaseId is not null).Select(finding =>
                finding.PurchaseId!.Value.Value));
        var count = 0;
        foreach (var group in Independent(findings))
        {
            var candidates = Reserve(GatherFacts.For(db, this, group).ConvertAll(candidate => candidate.Decide(Job)));
            candidates = CaseBook.Record(db, this, candidates);
            if (By.Mode == Mode.Live) Pay(candidates.FindAll(candidate => candidate.Changes));
            count += candidates.Count(counts);
            verdicts.AddRange(candidates.Where(candidate => candidate.Changes).Select(candidate => candidate.Verdict!));
        }
        Journal.PostAll(db, owed, Now);
        return count;
    }

    // Findings in order, up to the first repeated customer or purchase: the decision on one is no fact of another,
    // except for the budget.
    private static IEnumerable<List<Finding>> Independent(IReadOnlyList<Finding> findings)
    {
        var (seen, bought) = (new HashSet<CustomerId>(), new HashSet<PurchaseId>());
        var group = new List<Finding>();
        foreach (var finding in findings)
        {
            if (seen.Contains(finding.CustomerId) || (finding.PurchaseId is { } again && bought.Contains(again)))
            {
                yield return group;
                group = [];
                seen.Clear();
                bought.Clear();
            }
            group.Add(finding);
            seen.Add(finding.CustomerId);
            if (finding.PurchaseId is { } purchase) bought.Add(purchase);
        }
        if (group.Count > 0) yield return group;
    }

    // One reservation per budget for all amounts of its currency.
    private List<Candidate> Reserve(List<Candidate> candidates)
    {
        var asking = Enumerable.Range(0, candidates.Count).Where(i => candidates[i].NeedsBudget);
        foreach (var same in asking.GroupBy(i => candidates[i].Pays!.Value.Currency).Select(same => same.ToList()))
        {
            var amounts = same.ConvertAll(i => candidates[i].Pays!.Value);
            var cap = Decide.In(Job.Limits.DailyBudget, amounts[0].Currency)!.Value;
            var reserved = Budgets.TryReserveEach(db, new BudgetKey(Job.Id, By.Mode, Period), amounts, cap);
            foreach (var (i, fits) in same.Zip(reserved))
            {
                var facts = candidates[i].Facts! with { BudgetReserved = fits };
                candidates[i] = (candidates[i] with { Facts = facts }).Decide(Job);
            }
        }
        return candidates;
    }

    private void Pay(List<Candidate> decided)
    {
        var paying = decided.FindAll(candidate => candidate.Pays is not null);
        owed.AddRange(Credits.Owed(Credits.Make(db, paying.ConvertAll(CreditOf), Now)));
        var held = decided.Where(
            candidate => candidate.Verdict!.Outcome == Outcome.Hold && candidate.Facts!.Given == 0);
        var told = decided.Where(candidate => candidate.Verdict!.Outcome == Outcome.Tell);
        Outbox.Queue(
            db,
            [
                .. held.Select(candidate => CaseNotices.Held(Job, candidate)),
                .. told.Select(candidate => CaseNotices.Alert(Job, candidate)),
            ],
            Notices, Now);
    }

    private NewCredit CreditOf(Candidate candidate)
    {
        var (facts, verdict) = (candidate.Facts!, candidate.Verdict!);
        var kind = verdict.PurchaseId is null ? CreditKind.AccountCredit : CreditKind.Refund;
        return new NewCredit(
            candidate.Id, candidate.Number, Job.Id, facts.Finding.CustomerId, Job.Entitlement,
            GatherFacts.FamilyOf(Job), kind, verdict.PurchaseId, candidate.Pays!.Value, Actor)
        {
            CustomerNumber = facts.Customer!.Number,
            HoldReason = (HoldReason?)verdict.Reason,
            BudgetPeriod = facts.BudgetReserved == true ? Period : null,
            DecideByAt = verdict.Outcome == Outcome.Hold && Job.Limits.Approval is { } rule
                ? Now + rule.DecideWithin
                : null,
        };
    }
}

/// <summary>A finding on its way through a batch.</summary>
/// <param name="Finding">The finding.</param>
/// <param name="Earlier">Its case, if it was opened before.</param>
/// <param name="Own">The case whose credits and entitlement do not count against it.</param>
internal sealed record Candidate(Finding Finding, CareCase? Earlier, CaseId? Own)
{
    /// <summary>The facts of its decision; null when the earlier decision is final.</summary>
    public Facts? Facts { get; init; }

    /// <summary>The decision; null until it is made, and when the earlier one is final.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Whether its case has a final decision, or one on the very same finding.</summary>
    public bool IsFinal => Earlier is not null && (Earlier.State == CaseState.Told
        || (Earlier.State.IsOneOf(CaseState.Given, CaseState.Held, CaseState.Refused) && Earlier.Finding == Finding));

    /// <summary>The case, once it has a number.</summary>
    public CaseId Id { get; init; }

    /// <summary>The number of the decision within the case, from 1.</summary>
    public int Number { get; init; }

    /// <summary>The amount to give, at once or after a person's approval; null when it gives no money.</summary>
    public Money? Pays => Verdict is { } verdict && verdict.Outcome.IsOneOf(Outcome.Pay, Outcome.Hold)
        ? verdict.Pays
        : null;

    /// <summary>Whether it needs a reservation in the budget; nothing is reserved without a limit.</summary>
    public bool NeedsBudget => Pays is not null && Verdict!.Reason != Reason.NoLimitForCurrency;

    /// <summary>Whether the decision is recorded. Given money is never taken back: a decision that gives nothing new
    /// leaves the case unchanged, unless the case was still open.</summary>
    public bool Changes => Verdict is { } verdict && (Earlier is null
        || (Earlier.State.IsOneOf(CaseState.Waiting, CaseState.HeldOut)
            ? !verdict.Outcome.IsOneOf(Outcome.Wait, Outcome.HoldOut)
            : Helps));

    /// <summary>Whether it gives money or sends an alert.</summary>
    public bool Helps => Verdict is { } verdict
        && verdict.Outcome.IsOneOf(Outcome.Pay, Outcome.Hold, Outcome.Tell);

    /// <summary>The candidate with its verdict.</summary>
    public Candidate Decide(Job job) =>
        Facts is null ? this : this with { Verdict = ProactiveCare.Cases.Decide.On(job, Facts) };
}
