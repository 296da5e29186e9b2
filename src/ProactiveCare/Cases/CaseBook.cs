using System.Data.Common;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>Writes cases, their decisions and who is cared for.</summary>
internal static class CaseBook
{
    /// <summary>Records decisions, and their cases as they stand after them.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="sitting">Where they were decided.</param>
    /// <param name="matters">What was decided, on as many cases.</param>
    /// <returns>The same, with the numbers of their cases and decisions.</returns>
    public static List<Candidate> Record(DbConnection db, DecisionBatch sitting, List<Candidate> matters)
    {
        var numbered = Numbered(db, matters);
        foreach (var matter in numbered.Where(matter => matter.Earlier is null)) Open(db, sitting, matter);
        foreach (var matter in numbered.Where(matter => matter.Earlier is not null)) Change(db, sitting, matter);
        if (sitting.By.Mode == Mode.Live)
            foreach (var matter in numbered.Where(matter => matter.Helps)) Entitle(db, sitting, matter);
        foreach (var matter in numbered) Decided(db, sitting, matter);
        return numbered;
    }

    /// <summary>Keeps what is known newer of cases whose decision stands.</summary>
    public static void Remember(DbConnection db, IEnumerable<Candidate> matters)
    {
        foreach (var (earlier, facts, verdict) in matters)
        {
            // A case that still waits may wait for something else now.
            db.Post(
                """
                UPDATE care_case SET amount_basis = ?2, in_doubt = ?3, evidence = ?4,
                  reason = CASE WHEN state = 'waiting' THEN ?5 ELSE reason END
                WHERE case_id = ?1
                """,
                earlier!.Id, facts!.Finding.AmountBasis, facts.Finding.InDoubt, facts.Finding.Evidence,
                verdict!.Reason);
        }
    }

    private static List<Candidate> Numbered(DbConnection db, List<Candidate> matters)
    {
        var opened = new Queue<long>(
            db.NextNumbers("care_case", "case_id", matters.Count(matter => matter.Earlier is null)));
        var next = matters.ConvertAll(matter => matter.Earlier is null ? null : db.Ask(
            "SELECT COALESCE(MAX(number), 0) + 1 FROM decision WHERE case_id = ?1", row => (int)row.Number(0),
            matter.Earlier.Id));
        return
        [
            .. matters.Select((matter, i) => matter with
            {
                Id = matter.Earlier?.Id ?? new CaseId(opened.Dequeue()),
                Number = next[i]?.First ?? 1,
            }),
        ];
    }

    private static void Open(DbConnection db, DecisionBatch sitting, Candidate matter)
    {
        var (by, facts, finding) = (sitting.By, matter.Facts!, matter.Facts!.Finding);
        db.Post(
            """
            INSERT INTO care_case (case_id, job_id, mode, subject, customer_id, service_event, family, occurred_at,
              opened_at, amount_basis, in_doubt, evidence, purchase_id, state, reason, decide_again_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            """,
            matter.Id, by.Job.Id, by.Mode, finding.Subject, finding.CustomerId, finding.ServiceEvent,
            GatherFacts.FamilyOf(by.Job), finding.OccurredAt, facts.Now, finding.AmountBasis, finding.InDoubt,
            finding.Evidence, facts.PurchaseId, matter.Verdict!.Outcome.State, matter.Verdict.Reason,
            Again(sitting, facts.Now, matter));
    }

    private static void Change(DbConnection db, DecisionBatch sitting, Candidate matter)
    {
        var (facts, finding) = (matter.Facts!, matter.Facts!.Finding);
        db.Post(
            """
            UPDATE care_case SET amount_basis = ?2, in_doubt = ?3, evidence = ?4, purchase_id = ?5, state = ?6,
              reason = ?7, decide_again_at = ?8
            WHERE case_id = ?1
            """,
            matter.Id, finding.AmountBasis, finding.InDoubt, finding.Evidence, facts.PurchaseId,
            matter.Verdict!.Outcome.State, matter.Verdict.Reason,
            Again(sitting, matter.Earlier!.OpenedAt, matter));
    }

    private static void Entitle(DbConnection db, DecisionBatch sitting, Candidate matter) => db.Post(
        """
        INSERT INTO entitlement (customer_id, service_event, family, case_id) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (customer_id, service_event, family) DO NOTHING
        """,
        matter.Facts!.Finding.CustomerId, matter.Facts.Finding.ServiceEvent, GatherFacts.FamilyOf(sitting.By.Job),
        matter.Id);

    private static void Decided(DbConnection db, DecisionBatch sitting, Candidate matter)
    {
        var (facts, verdict) = (matter.Facts!, matter.Verdict!);
        db.Post(
            """
            INSERT INTO decision (case_id, number, run_id, version, rule_version, outcome, reason, in_doubt,
              target_minor, pays_minor, currency, facts, actor_id, decided_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """,
            matter.Id, matter.Number, sitting.Run, sitting.By.Job.Version, Decide.RuleVersion, verdict.Outcome,
            verdict.Reason, verdict.InDoubt, verdict.Target?.Minor ?? 0, verdict.Pays?.Minor ?? 0,
            verdict.Target?.Currency, FactsJson.Write(facts), sitting.Actor, facts.Now);
    }

    private static Instant? Again(DecisionBatch sitting, Instant openedAt, Candidate matter) =>
        matter.Verdict!.Outcome == Outcome.Wait
            ? matter.Facts!.Finding.OccurredAt + sitting.By.Job.Detect.Look + Duration.FromMilliseconds(1)
            : matter.Verdict.Outcome == Outcome.HoldOut ? openedAt + sitting.By.Job.Rollout.MakeGood : null;
}
