using ProactiveCare.Detection;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>The state of a case.</summary>
public sealed class CaseState : Code<CaseState>
{
    /// <summary>Something has not arrived yet.</summary>
    public static readonly CaseState Waiting = new("waiting");

    /// <summary>Held out to measure the effect of compensation.</summary>
    public static readonly CaseState HeldOut = new("held-out");

    /// <summary>The decision grants money; the credit shows the progress of the payment.</summary>
    public static readonly CaseState Given = new("given");

    /// <summary>Money is owed and held.</summary>
    public static readonly CaseState Held = new("held");

    /// <summary>An alert was queued for the customer.</summary>
    public static readonly CaseState Told = new("told");

    /// <summary>Nothing is owed.</summary>
    public static readonly CaseState Refused = new("refused");

    private CaseState(string text) : base(text)
    {
    }
}

/// <summary>A finding and the state of its decision.</summary>
/// <param name="Id">Its number.</param>
/// <param name="JobId">The job that found it.</param>
/// <param name="Mode">Live or shadow.</param>
/// <param name="Family">The family of its compensation.</param>
/// <param name="OpenedAt">When it was opened.</param>
/// <param name="State">Its state, with that of its newest credit.</param>
/// <param name="Reason">The reason, unless it simply pays or alerts.</param>
/// <param name="Finding">The newest finding.</param>
public sealed record CareCase(
    CaseId Id, JobId JobId, string Mode, Family Family, Instant OpenedAt, CaseState State, Reason? Reason,
        Finding Finding);

/// <summary>The case table.</summary>
public static class CareCases
{
    // The newest credit of a case shows the progress of its decision.
    private const string State =
        """
        CASE
          WHEN state IN ('held', 'given') AND credit_state IN ('rejected', 'reversed', 'debited') THEN 'refused'
          WHEN state = 'held' AND credit_state <> 'pending' THEN 'given'
          ELSE state
        END
        """;

    private const string Select =
        $"""
        SELECT case_id, job_id, mode, family, opened_at, {State},
          CASE WHEN state = 'held' AND credit_state <> 'pending' THEN NULL ELSE reason END,
          subject, customer_id, service_event, occurred_at, amount_basis, in_doubt, purchase_id, evidence
        FROM (
          SELECT c.*, (
            SELECT credit.state FROM credit WHERE credit.case_id = c.case_id ORDER BY credit_id DESC LIMIT 1)
            AS credit_state
          FROM care_case c) care_case
        """;

    /// <summary>One case; null when there is none.</summary>
    public static CareCase? Get(DbConnection db, CaseId id) =>
        db.First($"{Select} WHERE case_id = ?1", Read, id);

    /// <summary>The case of a finding, if it was opened before.</summary>
    public static CareCase? Of(DbConnection db, JobId job, string mode, Finding finding) =>
        Of(db, job, mode, [finding])[0];

    /// <summary>The case of each finding, if it was opened before.</summary>
    internal static CareCase?[] Of(DbConnection db, JobId job, string mode, IReadOnlyList<Finding> findings) =>
        [
            .. db.ForAll(
                $"{Select} WHERE job_id = ?1 AND mode = ?2 AND subject = ?3 AND customer_id = ?4", findings,
                finding => [job, mode, finding.Subject, finding.CustomerId], Read).Select(rows =>
                    rows.FirstOrDefault()),
        ];

    /// <summary>Cases, newest first.</summary>
    /// <param name="db">A snapshot.</param>
    /// <param name="wanted">The filter.</param>
    public static IReadOnlyList<CareCase> List(DbConnection db, CaseFilter wanted)
    {
        List<(string Column, Value Value)> asked =
        [
            .. new (string, Value Value)[]
            {
                ("job_id", wanted.Job), (State, wanted.State), ("customer_id", wanted.Customer),
                ("mode", wanted.Mode),
            }.Where(filter => !filter.Value.IsNull).Select(filter => (filter.Item1 + " =", filter.Value)),
            .. new (string, Value Value)[]
            {
                ("opened_at >=", wanted.Opened?.From), ("opened_at <", wanted.Opened?.Until),
            }.Where(filter => !filter.Value.IsNull),
        ];
        return db.All(
            $"""
            {Select} {Filters.Where(asked.Select((filter, i) => $"{filter.Column} ?{i + 1}"))}
            ORDER BY case_id DESC LIMIT ?{asked.Count + 1}
            """,
            Read, [.. asked.Select(filter => filter.Value), wanted.Most]);
    }

    /// <summary>
    /// Cases of a job to decide again: the customer or purchase that they wait for has arrived, the dispute has ended,
    /// the operator may have named an amount, the customer has made contact, or they are due.
    /// </summary>
    internal static IReadOnlyList<CareCase> DecideAgain(DbConnection db, JobId job, string mode, Instant now,
        int most) =>
        db.All(
            $"""
            {Select}
            WHERE job_id = ?1 AND mode = ?2 AND state IN ('waiting', 'held-out') AND (
              decide_again_at <= ?3
              OR reason = 'customer-not-arrived' AND customer_id IN (SELECT customer_id FROM customer)
              OR reason = 'purchase-not-arrived' AND purchase_id IN (SELECT purchase_id FROM purchase)
              OR reason = 'open-dispute' AND NOT EXISTS (
                SELECT 1 FROM refund WHERE refund.purchase_id = care_case.purchase_id AND dispute = 'open')
              OR reason IN ('no-amount-for-currency', 'currency-not-known')
              OR reason = 'held-out' AND EXISTS (
                SELECT 1 FROM contact
                WHERE contact.customer_id = care_case.customer_id AND contacted_at >= occurred_at))
            ORDER BY reason IN ('no-amount-for-currency', 'currency-not-known'), case_id LIMIT ?4
            """,
            Read, job, mode, now, most);

    private static CareCase Read(Row row) => new(
        new CaseId(row.Number(0)), new JobId(row.Text(1)), row.Text(2), row.Code<Family>(3),
        row.Instant(4), row.Code<CaseState>(5), row.CodeOrNull<Reason>(6),
        new Finding(
            row.Text(7), new CustomerId(row.Text(8)), row.Text(9), row.Instant(10), row.NumberOrNull(11), row.Flag(12),
            row.TextOrNull(13) is { } purchase ? new PurchaseId(purchase) : null, row.Text(14)));
}

/// <summary>The cases to list; null filters nothing.</summary>
public sealed record CaseFilter(JobId? Job = null, CaseState? State = null, CustomerId? Customer = null,
    string? Mode = null, int Most = 100, TimeFrame? Opened = null);

/// <summary>Writes cases, their decisions and entitlements.</summary>
internal static class CaseBook
{
    /// <summary>
    /// Records the decisions that change something, and the resulting state of their cases. The other cases keep their
    /// decision and the newest finding.
    /// </summary>
    /// <param name="db">The transaction.</param>
    /// <param name="batch">The batch that decided them.</param>
    /// <param name="candidates">The decided candidates, of different cases.</param>
    /// <returns>The candidates, those of recorded decisions with the numbers of their cases and decisions.</returns>
    public static List<Candidate> Record(DbConnection db, DecisionBatch batch, List<Candidate> candidates)
    {
        Update(db, batch, candidates.FindAll(candidate => candidate is { Verdict: not null, Changes: false }));
        var decided = Number(db, candidates.FindAll(candidate => candidate.Changes));
        Open(db, batch, decided.FindAll(candidate => candidate.Earlier is null));
        Change(db, batch, decided.FindAll(candidate => candidate.Earlier is not null));
        if (batch.By.Mode == Mode.Live) Entitle(db, batch, decided.FindAll(candidate => candidate.Helps));
        InsertDecisions(db, batch, decided);
        return [.. candidates.Where(candidate => !candidate.Changes), .. decided];
    }

    // A case that still waits may wait for something else now.
    private static void Update(DbConnection db, DecisionBatch batch, List<Candidate> candidates) => db.ForAll(
        """
        UPDATE care_case SET amount_basis = ?2, in_doubt = ?3, evidence = ?4,
          reason = CASE WHEN state = 'waiting' THEN ?5 ELSE reason END,
          decide_again_at = CASE WHEN state = 'waiting' THEN ?6 ELSE decide_again_at END
        WHERE case_id = ?1
        """,
        candidates, candidate =>
        [
            candidate.Earlier!.Id, candidate.Finding.AmountBasis, candidate.Finding.InDoubt, candidate.Finding.Evidence,
            candidate.Verdict!.Reason, DecideAgainAt(batch, candidate.Earlier.OpenedAt, candidate),
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
        candidate.Verdict!.Reason == Reason.OpenDispute ? null
            : candidate.Verdict.Outcome == Outcome.Wait
            ? candidate.Finding.OccurredAt + batch.By.Job.Detect.Look + Duration.FromMilliseconds(1)
            : candidate.Verdict.Outcome == Outcome.HoldOut ? openedAt + batch.By.Job.Rollout.MakeGood : null;
}
