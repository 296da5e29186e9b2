using System.Data.Common;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>The state of a case.</summary>
public sealed class CaseState : Code<CaseState>
{
    /// <summary>Something has not arrived yet.</summary>
    public static readonly CaseState Waiting = new("waiting");

    /// <summary>Held out to measure what helping does.</summary>
    public static readonly CaseState HeldOut = new("held-out");

    /// <summary>Money was given.</summary>
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
/// <param name="Family">What it gives for.</param>
/// <param name="OpenedAt">When it was opened.</param>
/// <param name="State">Its state, with what became of its newest credit.</param>
/// <param name="Reason">Why it was not simply paid or told.</param>
/// <param name="Finding">The newest finding.</param>
public sealed record CareCase(
    CaseId Id, JobId JobId, string Mode, Family Family, Instant OpenedAt, CaseState State, Reason? Reason,
        Finding Finding);

/// <summary>The case table.</summary>
public static class CareCases
{
    // The newest credit of a case says how far its decision has come.
    private const string State =
        """
        CASE
          WHEN state IN ('held', 'given') AND credit_state IN ('rejected', 'reversed') THEN 'refused'
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
            SELECT credit.state FROM credit WHERE credit.case_id = c.case_id ORDER BY decision_number DESC LIMIT 1)
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
            }.Where(filter => !filter.Value.IsNull),
        ];
        return db.All(
            $"""
            {Select} {Filters.Where(asked.Select((filter, i) => $"{filter.Column} = ?{i + 1}"))}
            ORDER BY case_id DESC LIMIT ?{asked.Count + 1}
            """,
            Read, [.. asked.Select(filter => filter.Value), wanted.Most]);
    }

    /// <summary>
    /// Cases of a job to decide again: the customer or purchase that they wait for has arrived, the operator may have
    /// named an amount, the customer has made contact, or their time has come.
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
              OR reason = 'no-amount-for-currency'
              OR reason = 'held-out' AND EXISTS (
                SELECT 1 FROM contact
                WHERE contact.customer_id = care_case.customer_id AND contacted_at >= occurred_at))
            ORDER BY reason = 'no-amount-for-currency', case_id LIMIT ?4
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
    string? Mode = null, int Most = 100);
