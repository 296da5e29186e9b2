using System.Data.Common;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>Writes cases, their decisions and entitlements.</summary>
internal static class CaseBook
{
    /// <summary>
    /// Records the decisions that change something and their cases as they stand after them. The other cases keep their
    /// decision and the newest finding.
    /// </summary>
    /// <param name="db">The transaction.</param>
    /// <param name="batch">Where they were decided.</param>
    /// <param name="candidates">The decided candidates, of different cases.</param>
    /// <returns>The candidates, those of recorded decisions with the numbers of their cases and decisions.</returns>
    public static List<Candidate> Record(DbConnection db, DecisionBatch batch, List<Candidate> candidates)
    {
        Update(db, candidates.FindAll(candidate => candidate is { Verdict: not null, Changes: false }));
        var decided = Number(db, candidates.FindAll(candidate => candidate.Changes));
        Open(db, batch, decided.FindAll(candidate => candidate.Earlier is null));
        Change(db, batch, decided.FindAll(candidate => candidate.Earlier is not null));
        if (batch.By.Mode == Mode.Live) Entitle(db, batch, decided.FindAll(candidate => candidate.Helps));
        InsertDecisions(db, batch, decided);
        return [.. candidates.Where(candidate => !candidate.Changes), .. decided];
    }

    // A case that still waits may wait for something else now.
    private static void Update(DbConnection db, List<Candidate> candidates) => db.ForAll(
        """
        UPDATE care_case SET amount_basis = ?2, in_doubt = ?3, evidence = ?4,
          reason = CASE WHEN state = 'waiting' THEN ?5 ELSE reason END
        WHERE case_id = ?1
        """,
        candidates, candidate =>
        [
            candidate.Earlier!.Id, candidate.Finding.AmountBasis, candidate.Finding.InDoubt, candidate.Finding.Evidence,
            candidate.Verdict!.Reason,
        ]);

    private static List<Candidate> Number(DbConnection db, List<Candidate> candidates)
    {
        var opened = new Queue<long>(
            db.NextNumbers("care_case", "case_id", candidates.Count(candidate => candidate.Earlier is null)));
        var last = db.ForAll(
            "SELECT COALESCE(MAX(number), 0) FROM decision WHERE case_id = ?1", candidates,
            candidate => candidate.Earlier is { } earlier ? [earlier.Id] : null, row => (int)row.Number(0));
        return
        [
            .. candidates.Select((candidate, i) => candidate with
            {
                Id = candidate.Earlier?.Id ?? new CaseId(opened.Dequeue()),
                Number = last[i].FirstOrDefault() + 1,
            }),
        ];
    }

    private static void Open(DbConnection db, DecisionBatch batch, List<Candidate> candidates) => db.ForAll(
        """
        INSERT INTO care_case (case_id, job_id, mode, subject, customer_id, service_event, family, occurred_at,
          opened_at, amount_basis, in_doubt, evidence, purchase_id, state, reason, decide_again_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
        """,
        candidates, candidate =>
        {
            var (by, finding, verdict) = (batch.By, candidate.Finding, candidate.Verdict!);
            return
            [
                candidate.Id, by.Job.Id, by.Mode, finding.Subject, finding.CustomerId, finding.ServiceEvent,
                GatherFacts.FamilyOf(by.Job), finding.OccurredAt, batch.Now, finding.AmountBasis, finding.InDoubt,
                finding.Evidence, finding.PurchaseId, verdict.Outcome.State, verdict.Reason,
                DecideAgainAt(batch, batch.Now, candidate),
            ];
        });

    private static void Change(DbConnection db, DecisionBatch batch, List<Candidate> candidates) => db.ForAll(
        """
        UPDATE care_case SET amount_basis = ?2, in_doubt = ?3, evidence = ?4, purchase_id = ?5, state = ?6,
          reason = ?7, decide_again_at = ?8
        WHERE case_id = ?1
        """,
        candidates, candidate =>
        {
            var (finding, verdict) = (candidate.Finding, candidate.Verdict!);
            return
            [
                candidate.Id, finding.AmountBasis, finding.InDoubt, finding.Evidence, finding.PurchaseId,
                verdict.Outcome.State, verdict.Reason,
                DecideAgainAt(batch, candidate.Earlier!.OpenedAt, candidate),
            ];
        });

    private static void Entitle(DbConnection db, DecisionBatch batch, List<Candidate> candidates) => db.ForAll(
        """
        INSERT INTO entitlement (customer_id, service_event, family, case_id) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (customer_id, service_event, family) DO NOTHING
        """,
        candidates, candidate =>
        [
            candidate.Finding.CustomerId, candidate.Finding.ServiceEvent, GatherFacts.FamilyOf(batch.By.Job),
            candidate.Id,
        ]);

    private static void InsertDecisions(DbConnection db, DecisionBatch batch, List<Candidate> candidates) => db.ForAll(
        """
        INSERT INTO decision (case_id, number, run_id, version, rule_version, outcome, reason, in_doubt,
          target_minor, pays_minor, currency, facts, actor_id, decided_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
        """,
        candidates, candidate =>
        {
            var verdict = candidate.Verdict!;
            return
            [
                candidate.Id, candidate.Number, batch.Run, batch.By.Job.Version, Decide.RuleVersion, verdict.Outcome,
                verdict.Reason, verdict.InDoubt, verdict.Target?.Minor ?? 0, verdict.Pays?.Minor ?? 0,
                verdict.Target?.Currency, FactsJson.Write(candidate.Facts!), batch.Actor, batch.Now,
            ];
        });

    private static Instant? DecideAgainAt(DecisionBatch batch, Instant openedAt, Candidate candidate) =>
        candidate.Verdict!.Outcome == Outcome.Wait
            ? candidate.Finding.OccurredAt + batch.By.Job.Detect.Look + Duration.FromMilliseconds(1)
            : candidate.Verdict.Outcome == Outcome.HoldOut ? openedAt + batch.By.Job.Rollout.MakeGood : null;
}
