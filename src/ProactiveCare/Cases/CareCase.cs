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

    /// <summary>The customer was told.</summary>
    public static readonly CaseState Told = new("told");

    /// <summary>Nothing is owed.</summary>
    public static readonly CaseState Refused = new("refused");

    private CaseState(string text) : base(text)
    {
    }
}

/// <summary>One finding being cared for.</summary>
/// <param name="Id">Its number.</param>
/// <param name="JobId">The job that found it.</param>
/// <param name="Mode">Live or shadow.</param>
/// <param name="Family">What it gives for.</param>
/// <param name="OpenedAt">When it was opened.</param>
/// <param name="State">Its state.</param>
/// <param name="Reason">Why it was not simply paid or told.</param>
/// <param name="Finding">The newest finding.</param>
public sealed record CareCase(
    CaseId Id, JobId JobId, string Mode, Family Family, Instant OpenedAt, CaseState State, Reason? Reason,
        Finding Finding);

/// <summary>The case table.</summary>
public static class CareCases
{
    private const string Select =
        """
        SELECT case_id, job_id, mode, family, opened_at, state, reason,
          subject, customer_id, service_event, occurred_at, amount_basis, in_doubt, evidence
        FROM care_case
        """;

    /// <summary>One case; null when there is none.</summary>
    public static CareCase? Get(DbConnection db, CaseId id) =>
        db.First($"{Select} WHERE case_id = ?1", Read, id);

    /// <summary>The case of a finding, if it was opened before.</summary>
    public static CareCase? Of(DbConnection db, JobId job, string mode, Finding finding) =>
        Ask(db, job, mode, finding).First;

    internal static Answer<CareCase> Ask(DbConnection db, JobId job, string mode, Finding finding) =>
        db.Ask(
            $"{Select} WHERE job_id = ?1 AND mode = ?2 AND subject = ?3 AND customer_id = ?4", Read,
            job, mode, finding.Subject, finding.CustomerId);

    /// <summary>Cases, newest first.</summary>
    /// <param name="db">A snapshot.</param>
    /// <param name="wanted">What to look for.</param>
    public static IReadOnlyList<CareCase> List(DbConnection db, CaseFilter wanted) =>
        db.All(
            $"""
            {Select}
            WHERE (CAST(?1 AS TEXT) IS NULL OR job_id = ?1) AND (CAST(?2 AS TEXT) IS NULL OR state = ?2)
              AND (CAST(?3 AS TEXT) IS NULL OR customer_id = ?3) AND (CAST(?4 AS TEXT) IS NULL OR mode = ?4)
            ORDER BY case_id DESC LIMIT ?5
            """,
            Read, wanted.Job, wanted.State, wanted.Customer, wanted.Mode, wanted.Most);

    /// <summary>
    /// Cases of a job to decide again: what they waited for has arrived or may have been named by the operator since,
    /// the customer has asked, or their time has come.
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
            row.Text(13)));
}

/// <summary>What cases to list; null asks for all.</summary>
public sealed record CaseFilter(JobId? Job = null, CaseState? State = null, CustomerId? Customer = null,
    string? Mode = null, int Most = 100);
