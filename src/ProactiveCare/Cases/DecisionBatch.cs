using System.Data.Common;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Ledger;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>
/// A batch of findings at the case desk, in one transaction, with what is the same for all of them. Each finding is
/// decided with all that the ones before it did.
/// </summary>
internal sealed class DecisionBatch(DbConnection db)
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
    public int CareAll(IReadOnlyList<PreparedFinding> findings) => Count(findings, matter => matter.Earlier is null);

    /// <summary>Cares for findings of cases that were open.</summary>
    /// <returns>How many of them were decided otherwise.</returns>
    public int CareAgain(IReadOnlyList<PreparedFinding> findings) =>
        Count(findings, matter => matter.Changes);

    /// <summary>Whether what is known of a customer stands until the sitting ends.</summary>
    public bool Knows(CustomerId customer) => customers?.Contains(customer.Value) ?? true;

    /// <summary>Whether what is known of a purchase stands until the sitting ends.</summary>
    public bool Knows(PurchaseId purchase) => purchases?.Contains(purchase.Value) ?? true;

    // Of one customer one sitting at a time decides: limits, entitlements, purchases. What arrives meanwhile has not
    // arrived yet. The books come last, because all sittings need them.
    private int Count(IReadOnlyList<PreparedFinding> findings, Func<Candidate, bool> counts)
    {
        customers = db.LockRows("customer", "customer_id", findings.Select(about => about.Finding.CustomerId.Value));
        purchases = db.LockRows(
            "purchase", "purchase_id",
            findings.Where(about => about.PurchaseId is not null).Select(about => about.PurchaseId!.Value.Value));
        var count = Independent(findings).Sum(group => CareFor(group).Count(counts));
        Journal.PostAll(db, owed, Now);
        return count;
    }

    // Findings in their order, as long as no customer and no purchase comes again: what is decided on one of them
    // changes nothing that another's decision may know, except the budget.
    private static IEnumerable<List<PreparedFinding>> Independent(IReadOnlyList<PreparedFinding> findings)
    {
        var (seen, bought) = (new HashSet<CustomerId>(), new HashSet<PurchaseId>());
        var group = new List<PreparedFinding>();
        foreach (var about in findings)
        {
            if (seen.Contains(about.Finding.CustomerId) || about.PurchaseId is { } again && bought.Contains(again))
            {
                yield return group;
                group = [];
                seen.Clear();
                bought.Clear();
            }
            group.Add(about);
            seen.Add(about.Finding.CustomerId);
            if (about.PurchaseId is { } purchase) bought.Add(purchase);
        }
        if (group.Count > 0) yield return group;
    }

    // Each step is taken for all of them, because on a server what is asked or written alike goes there at once.
    private List<Candidate> CareFor(List<PreparedFinding> group)
    {
        var matters = Reserved([.. Asked(group).Select(ask => ask())]);
        CaseBook.Remember(db, matters.Where(matter => matter is { IsSettled: false, Changes: false }));
        var decided = CaseBook.Record(db, this, matters.FindAll(matter => matter.Changes));
        if (By.Mode == Mode.Live) Act(decided);
        return matters;
    }

    private List<Func<Candidate>> Asked(List<PreparedFinding> group)
    {
        var earlier = group.ConvertAll(about => CareCases.Ask(db, Job.Id, By.Mode, about.Finding));
        // Shadow sees what it would do alone: what the version that acts did for the same finding does not count.
        var own = By.Mode == Mode.Shadow
            ? group.ConvertAll(about => CareCases.Ask(db, Job.Id, Mode.Live, about.Finding))
            : earlier;
        return [.. group.Select((about, i) => Ask(about, earlier[i].First, own[i].First?.Id))];
    }

    private Func<Candidate> Ask(PreparedFinding about, CareCase? earlier, CaseId? own)
    {
        if (earlier is not null && IsSettledAs(earlier, about.Finding)) return () => new Candidate(earlier, null, null);
        var asked = GatherFacts.Ask(db, this, about, earlier, own);
        return () =>
        {
            var facts = asked();
            return new Candidate(earlier, facts, Decide.On(Job, facts));
        };
    }

    // The same finding again, or one that a decision for ever has been made on.
    private static bool IsSettledAs(CareCase earlier, Finding finding) =>
        earlier.State == CaseState.Told
        || (earlier.State.IsOneOf(CaseState.Given, CaseState.Held, CaseState.Refused) && earlier.Finding == finding);

    // Together as long as there is room for all, which is nearly always; else one after the other.
    private List<Candidate> Reserved(List<Candidate> matters)
    {
        var taken = matters.Where(matter => matter.NeedsBudget).GroupBy(matter => matter.Pays!.Value.Currency)
            .ToDictionary(
                same => same.Key, same => Reserve(new Money(same.Sum(one => one.Pays!.Value.Minor), same.Key)));
        return matters.ConvertAll(matter =>
        {
            if (!matter.NeedsBudget) return matter;
            var pays = matter.Pays!.Value;
            var facts = matter.Facts! with { BudgetReserved = taken[pays.Currency] || Reserve(pays) };
            return matter with { Facts = facts, Verdict = Decide.On(Job, facts) };
        });
    }

    private bool Reserve(Money pays) =>
        Budgets.TryReserve(
            db, new BudgetKey(Job.Id, By.Mode, Period), pays, Decide.In(Job.Limits.DailyBudget, pays.Currency)!.Value);

    private void Act(List<Candidate> decided)
    {
        var paying = decided.FindAll(matter => matter.Pays is not null);
        owed.AddRange(Credits.Owed(Credits.Make(db, paying.ConvertAll(CreditOf), Now)));
        var held = decided.Where(matter => matter.Verdict!.Outcome == Outcome.Hold && matter.Facts!.Given == 0);
        var told = decided.Where(matter => matter.Verdict!.Outcome == Outcome.Tell);
        Outbox.Queue(
            db,
            [
                .. held.Select(matter => CaseNotices.Held(Job, matter)),
                .. told.Select(matter => CaseNotices.Alert(Job, matter)),
            ],
            Notices, Now);
    }

    private NewCredit CreditOf(Candidate matter)
    {
        var (facts, verdict) = (matter.Facts!, matter.Verdict!);
        var kind = verdict.PurchaseId is null ? CreditKind.AccountCredit : CreditKind.Refund;
        return new NewCredit(
            matter.Id, matter.Number, Job.Id, facts.Finding.CustomerId, Job.Entitlement, GatherFacts.FamilyOf(Job),
                kind,
            verdict.PurchaseId, matter.Pays!.Value, Actor)
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
