using System.Data.Common;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>Writes cases, their decisions and who is cared for.</summary>
internal static class CaseBook
{
    /// <summary>Records a decision, and its case as it stands after it.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="sitting">Where it was decided.</param>
    /// <param name="earlier">The case; null when the decision opens it.</param>
    /// <param name="id">Its number.</param>
    /// <param name="facts">What the decision knew.</param>
    /// <param name="verdict">The decision.</param>
    /// <returns>The number of the decision.</returns>
    public static int Record(
        DbConnection db, Sitting sitting, CareCase? earlier, CaseId id, Facts facts, Verdict verdict)
    {
        if (earlier is null) Open(db, sitting, id, facts, verdict);
        else Change(db, sitting, earlier, facts, verdict);
        var by = sitting.By;
        if (by.Mode == Mode.Live && verdict.Outcome is Outcome.Pay or Outcome.Hold or Outcome.Tell)
        {
            db.Post(
                """
                INSERT INTO entitlement (customer_id, service_event, family, case_id) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (customer_id, service_event, family) DO NOTHING
                """,
                facts.Finding.CustomerId, facts.Finding.ServiceEvent, FactsOf.FamilyOf(by.Job), id);
        }
        var number = earlier is null ? 1 : NextNumber(db, id);
        db.Post(
            """
            INSERT INTO decision (case_id, number, run_id, version, rule_version, outcome, reason, in_doubt,
              target_minor, pays_minor, currency, facts, actor_id, decided_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """,
            id, number, sitting.Run, by.Job.Version, Decide.RuleVersion, verdict.Outcome, verdict.Reason,
            verdict.InDoubt, verdict.Target?.Minor ?? 0, verdict.Pays?.Minor ?? 0, verdict.Target?.Currency,
            FactsJson.Write(facts), sitting.Actor, facts.Now);
        return number;
    }

    /// <summary>Keeps what is known newer of a case whose decision stands.</summary>
    public static void Remember(DbConnection db, CareCase earlier, Finding finding, Verdict verdict) =>
        // A case that still waits may wait for something else now.
        db.Post(
            """
            UPDATE care_case SET amount_basis = ?2, in_doubt = ?3, evidence = ?4,
              reason = CASE WHEN state = 'waiting' THEN ?5 ELSE reason END
            WHERE case_id = ?1
            """,
            earlier.Id, finding.AmountBasis, finding.InDoubt, finding.Evidence, verdict.Reason);

    private static void Open(DbConnection db, Sitting sitting, CaseId id, Facts facts, Verdict verdict)
    {
        var (by, finding) = (sitting.By, facts.Finding);
        db.Post(
            """
            INSERT INTO care_case (case_id, job_id, mode, subject, customer_id, service_event, family, occurred_at,
              opened_at, amount_basis, in_doubt, evidence, purchase_id, state, reason, decide_again_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            """,
            id, by.Job.Id, by.Mode, finding.Subject, finding.CustomerId, finding.ServiceEvent,
            FactsOf.FamilyOf(by.Job), finding.OccurredAt, facts.Now, finding.AmountBasis, finding.InDoubt,
            finding.Evidence, facts.PurchaseId, CaseState.After(verdict.Outcome), verdict.Reason,
            Again(sitting, facts.Now, facts, verdict));
    }

    private static void Change(DbConnection db, Sitting sitting, CareCase earlier, Facts facts, Verdict verdict)
    {
        var finding = facts.Finding;
        db.Post(
            """
            UPDATE care_case SET amount_basis = ?2, in_doubt = ?3, evidence = ?4, purchase_id = ?5, state = ?6,
              reason = ?7, decide_again_at = ?8
            WHERE case_id = ?1
            """,
            earlier.Id, finding.AmountBasis, finding.InDoubt, finding.Evidence, facts.PurchaseId,
            CaseState.After(verdict.Outcome), verdict.Reason, Again(sitting, earlier.OpenedAt, facts, verdict));
    }

    private static Instant? Again(Sitting sitting, Instant openedAt, Facts facts, Verdict verdict) =>
        verdict.Outcome switch
        {
            Outcome.Wait => facts.Finding.OccurredAt + sitting.By.Job.Detect.Look + Duration.FromMilliseconds(1),
            Outcome.HoldOut => openedAt + sitting.By.Job.Rollout.MakeGood,
            _ => null,
        };

    private static int NextNumber(DbConnection db, CaseId id) =>
        db.First("SELECT COALESCE(MAX(number), 0) + 1 FROM decision WHERE case_id = ?1", row => (int)row.Number(0), id);
}
