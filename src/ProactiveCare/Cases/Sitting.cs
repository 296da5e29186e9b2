using System.Data.Common;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Detection.Jobs;
using ProactiveCare.Ledger;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>
/// A batch of findings at the case desk, in one transaction, with what is the same for all of them. Each finding is
/// decided with all that the ones before it did.
/// </summary>
internal sealed class Sitting(DbConnection db)
{
    private readonly List<Entry> owed = [];
    private IReadOnlySet<string>? customers;
    private IReadOnlySet<string>? purchases;

    public required ScheduledJob By { get; init; }

    public required RunId? Run { get; init; }

    public required Instant Now { get; init; }

    public required ActorId Actor { get; init; }

    public required bool Andon { get; init; }

    public required string Period { get; init; }

    public required NoticeSettings Notices { get; init; }

    private Job Job => By.Job;

    /// <summary>Cares for findings of a run.</summary>
    /// <returns>How many of them opened a case.</returns>
    public int CareAll(IReadOnlyList<PreparedFinding> findings) => Count(findings, cared => cared.IsNew);

    /// <summary>Cares for findings of cases that were open.</summary>
    /// <returns>How many of them were decided otherwise.</returns>
    public int CareAgain(IReadOnlyList<PreparedFinding> findings) =>
        Count(findings, cared => cared.Verdict is not null);

    /// <summary>Whether what is known of a customer stands until the sitting ends.</summary>
    public bool Knows(CustomerId customer) => customers?.Contains(customer.Value) ?? true;

    /// <summary>Whether what is known of a purchase stands until the sitting ends.</summary>
    public bool Knows(PurchaseId purchase) => purchases?.Contains(purchase.Value) ?? true;

    // Of one customer one sitting at a time decides: limits, entitlements, purchases. What arrives meanwhile has not
    // arrived yet. The books come last, because all sittings need them.
    private int Count(IReadOnlyList<PreparedFinding> findings, Func<Cared, bool> counts)
    {
        customers = db.LockRows("customer", "customer_id", findings.Select(about => about.Finding.CustomerId.Value));
        purchases = db.LockRows(
            "purchase", "purchase_id",
            findings.Where(about => about.PurchaseId is not null).Select(about => about.PurchaseId!.Value.Value));
        var count = findings.Count(finding => counts(Care(finding)));
        Journal.PostAll(db, owed, Now);
        return count;
    }

    private Cared Care(PreparedFinding about)
    {
        var finding = about.Finding;
        var earlier = CareCases.Of(db, Job.Id, By.Mode, finding);
        if (earlier is not null && IsSettledAs(earlier, finding)) return new Cared(earlier.Id, false, null);
        var facts = FactsOf.Gather(db, this, about, earlier);
        var verdict = Decide.On(Job, facts);
        if (NeedsBudget(verdict))
        {
            facts = facts with { BudgetReserved = Reserve(verdict.Pays!.Value) };
            verdict = Decide.On(Job, facts);
        }
        if (earlier is not null && !ChangesSomething(earlier, verdict))
        {
            CaseBook.Remember(db, earlier, finding, verdict);
            return new Cared(earlier.Id, false, null);
        }
        var (id, number) = CaseBook.Record(db, this, earlier, facts, verdict);
        if (By.Mode == Mode.Live) Act(id, number, facts, verdict);
        return new Cared(id, earlier is null, verdict);
    }

    // The same finding again, or one that a decision for ever has been made on.
    private static bool IsSettledAs(CareCase earlier, Finding finding) =>
        earlier.State == CaseState.Told
        || (earlier.State is CaseState.Given or CaseState.Held or CaseState.Refused && earlier.Finding == finding);

    // Nothing given is taken back: a decision that gives nothing new leaves the case as it is, unless the case was
    // still open.
    private static bool ChangesSomething(CareCase earlier, Verdict verdict) => earlier.State switch
    {
        CaseState.Waiting or CaseState.HeldOut => verdict.Outcome is not (Outcome.Wait or Outcome.HoldOut),
        _ => verdict.Outcome is Outcome.Pay or Outcome.Hold or Outcome.Tell,
    };

    private static bool NeedsBudget(Verdict verdict) =>
        verdict.Outcome is Outcome.Pay or Outcome.Hold && verdict.Reason != Reason.NoLimitForCurrency;

    private bool Reserve(Money pays) =>
        Budgets.TryReserve(
            db, new BudgetKey(Job.Id, By.Mode, Period), pays, Decide.In(Job.Limits.DailyBudget, pays.Currency)!.Value);

    private void Act(CaseId id, int number, Facts facts, Verdict verdict)
    {
        if (verdict.Pays is { } pays && verdict.Outcome is Outcome.Pay or Outcome.Hold)
        {
            var kind = verdict.PurchaseId is null ? CreditKind.AccountCredit : CreditKind.Refund;
            var credit = new NewCredit(
                id, number, Job.Id, facts.Finding.CustomerId, EntitlementOf(Job), FactsOf.FamilyOf(Job), kind,
                verdict.PurchaseId, pays, Actor)
            {
                HoldReason = verdict.Reason,
                BudgetPeriod = facts.BudgetReserved == true ? Period : null,
                DecideByAt = verdict.Outcome == Outcome.Hold && Job.Limits.Approval is { } rule
                    ? Now + rule.DecideWithin
                    : null,
            };
            owed.AddRange(Credits.Make(db, credit, Now));
        }
        if (verdict.Outcome == Outcome.Hold && facts.Given == 0) CaseNotices.Held(db, Job, id, number, facts, Notices);
        if (verdict.Outcome == Outcome.Tell) CaseNotices.Alert(db, Job, id, number, facts, Notices);
    }

    private static string EntitlementOf(Job job) => job.Entitlement switch
    {
        Entitlement.Goodwill => "goodwill",
        _ => throw new InvalidOperationException($"{job.Id} states an entitlement that this program does not know."),
    };
}
