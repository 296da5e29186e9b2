using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Detection.Jobs;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>What a finding came to.</summary>
/// <param name="CaseId">Its case.</param>
/// <param name="IsNew">Whether the finding opened it.</param>
/// <param name="Verdict">The decision; null when nothing was new and the earlier one stands.</param>
public sealed record Cared(CaseId CaseId, bool IsNew, Verdict? Verdict);

/// <summary>
/// Takes findings one by one, inside the caller's transaction: gathers facts, decides, and records case, decision,
/// reserved budget, credit and notice together.
/// </summary>
public sealed class CaseDesk(NoticeSettings notices)
{
    /// <summary>Cares for one finding of a job.</summary>
    public Cared Care(DbConnection db, ScheduledJob by, RunId? run, Finding finding, Instant now)
    {
        var (job, mode) = by;
        var earlier = CareCases.Of(db, job.Id, mode, finding);
        if (earlier is not null && IsSettledAs(earlier, finding)) return new Cared(earlier.Id, false, null);
        var facts = FactsOf.Gather(db, by, finding, earlier, now);
        var verdict = Decide.On(job, facts);
        if (NeedsBudget(verdict))
        {
            facts = facts with { BudgetReserved = Reserve(db, job, mode, verdict.Pays!.Value, now) };
            verdict = Decide.On(job, facts);
        }
        if (earlier is not null && !ChangesSomething(earlier, verdict))
        {
            Remember(db, earlier, finding, verdict);
            return new Cared(earlier.Id, false, null);
        }
        var id = Record(db, by, earlier, finding, verdict, now);
        var number = RecordDecision(db, id, run, by, facts, verdict);
        if (mode == Mode.Live) Act(db, job, id, number, facts, verdict);
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

    private bool Reserve(DbConnection db, Job job, string mode, Money pays, Instant now) =>
        Budgets.TryReserve(db, new BudgetKey(job.Id, mode, Period(now)), pays, Cap(job, pays));

    private static Money Cap(Job job, Money pays) => job.Limits.DailyBudget.First(cap => cap.Currency == pays.Currency);

    /// <summary>The budget's period of an instant: the company's date.</summary>
    public string Period(Instant now) => NodaTime.Text.LocalDatePattern.Iso.Format(now.InZone(notices.TimeZone).Date);

    // A case that still waits may wait for something else now.
    private static void Remember(DbConnection db, CareCase earlier, Finding finding, Verdict verdict) =>
        db.Execute(
            """
            UPDATE care_case SET amount_basis = @AmountBasis, in_doubt = @InDoubt, evidence = @Evidence,
              reason = CASE WHEN state = 'waiting' THEN @Reason ELSE reason END
            WHERE case_id = @Id
            """,
            new { earlier.Id, finding.AmountBasis, finding.InDoubt, finding.Evidence, verdict.Reason });

    private static CaseId Record(DbConnection db, ScheduledJob by, CareCase? earlier, Finding finding, Verdict verdict,
        Instant now)
    {
        var id = db.QuerySingle<CaseId>(
            """
            INSERT INTO care_case (job_id, mode, subject, customer_id, service_event, family, occurred_at, opened_at,
              amount_basis, in_doubt, evidence, purchase_id, state, reason, decide_again_at)
            VALUES (@JobId, @Mode, @Subject, @CustomerId, @ServiceEvent, @family, @OccurredAt, @now, @AmountBasis,
              @InDoubt, @Evidence, @purchaseId, @state, @Reason, @again)
            ON CONFLICT (job_id, mode, subject, customer_id) DO UPDATE
            SET amount_basis = @AmountBasis, in_doubt = @InDoubt, evidence = @Evidence, purchase_id = @purchaseId,
              state = @state, reason = @Reason, decide_again_at = @again
            RETURNING case_id
            """,
            new
            {
                JobId = by.Job.Id, by.Mode, finding.Subject, finding.CustomerId, finding.ServiceEvent,
                    family = FactsOf.FamilyOf(by.Job),
                finding.OccurredAt, now, finding.AmountBasis, finding.InDoubt, finding.Evidence,
                purchaseId = finding.Text("purchase_id"), state = CaseState.After(verdict.Outcome), verdict.Reason,
                again = verdict.Outcome switch
                {
                    Outcome.Wait => finding.OccurredAt + by.Job.Detect.Look + Duration.FromMilliseconds(1),
                    Outcome.HoldOut => (earlier?.OpenedAt ?? now) + by.Job.Rollout.MakeGood,
                    _ => (Instant?)null,
                },
            });
        if (by.Mode == Mode.Live && verdict.Outcome is Outcome.Pay or Outcome.Hold or Outcome.Tell)
        {
            db.Execute(
                """
                INSERT INTO entitlement (customer_id, service_event, family, case_id)
                VALUES (@CustomerId, @ServiceEvent, @family, @id)
                ON CONFLICT (customer_id, service_event, family) DO NOTHING
                """,
                new { finding.CustomerId, finding.ServiceEvent, family = FactsOf.FamilyOf(by.Job), id });
        }
        return id;
    }

    private static int RecordDecision(DbConnection db, CaseId id, RunId? run, ScheduledJob by, Facts facts,
        Verdict verdict) =>
        db.QuerySingle<int>(
            """
            INSERT INTO decision (case_id, number, run_id, version, rule_version, outcome, reason, in_doubt,
              target_minor, pays_minor, currency, facts, actor_id, decided_at)
            SELECT @id, COALESCE(MAX(number), 0) + 1, @run, @Version, @rule, @Outcome, @Reason, @InDoubt, @target,
              @pays, @currency, @facts, @actor, @Now FROM decision WHERE case_id = @id
            RETURNING number
            """,
            new
            {
                id, run, by.Job.Version, rule = Decide.RuleVersion, verdict.Outcome, verdict.Reason, verdict.InDoubt,
                target = verdict.Target?.Minor ?? 0, pays = verdict.Pays?.Minor ?? 0,
                    currency = verdict.Target?.Currency.Code,
                facts = FactsJson.Write(facts), actor = Actors.Job(db, by.Job.Id, by.Job.Version, facts.Now), facts.Now,
            });

    private void Act(DbConnection db, Job job, CaseId id, int number, Facts facts, Verdict verdict)
    {
        if (verdict.Pays is { } pays && verdict.Outcome is Outcome.Pay or Outcome.Hold)
        {
            var kind = verdict.PurchaseId is null ? CreditKind.AccountCredit : CreditKind.Refund;
            var maker = Actors.Job(db, job.Id, job.Version, facts.Now);
            var credit = new NewCredit(
                id, number, job.Id, facts.Finding.CustomerId, EntitlementOf(job), FactsOf.FamilyOf(job), kind,
                    verdict.PurchaseId, pays, maker)
            {
                HoldReason = verdict.Reason,
                BudgetPeriod = facts.BudgetReserved == true ? Period(facts.Now) : null,
                DecideByAt = verdict.Outcome == Outcome.Hold && job.Limits.Approval is { } rule
                    ? facts.Now + rule.DecideWithin
                    : null,
            };
            Credits.Create(db, credit, facts.Now);
        }
        if (verdict.Outcome == Outcome.Hold && facts.Given == 0) CaseNotices.Held(db, job, id, number, facts, notices);
        if (verdict.Outcome == Outcome.Tell) CaseNotices.Alert(db, job, id, number, facts, notices);
    }

    private static string EntitlementOf(Job job) => job.Entitlement switch
    {
        Entitlement.Goodwill => "goodwill",
        _ => throw new InvalidOperationException($"{job.Id} states an entitlement that this program does not know."),
    };
}
