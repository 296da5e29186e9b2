using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>Where a case stands.</summary>
public static class CaseState
{
    /// <summary>Something has not arrived yet.</summary>
    public const string Waiting = "waiting";

    /// <summary>Held out to measure what helping does.</summary>
    public const string HeldOut = "held-out";

    /// <summary>Money was given.</summary>
    public const string Given = "given";

    /// <summary>Money is owed and held.</summary>
    public const string Held = "held";

    /// <summary>The customer was told.</summary>
    public const string Told = "told";

    /// <summary>Nothing is owed.</summary>
    public const string Refused = "refused";

    internal static string After(string outcome) => outcome switch
    {
        Outcome.Pay => Given,
        Outcome.Hold => Held,
        Outcome.Tell => Told,
        Outcome.Wait => Waiting,
        Outcome.HoldOut => HeldOut,
        _ => Refused,
    };
}

/// <summary>One finding being cared for.</summary>
/// <param name="Id">Its number.</param>
/// <param name="JobId">The job that found it.</param>
/// <param name="Mode">Live or shadow.</param>
/// <param name="Family">What kind of owing it is one of: <c>compensation</c>, or <c>alert</c> where no money
/// is.</param>
/// <param name="OpenedAt">When it was opened.</param>
/// <param name="State"><see cref="CaseState"/>.</param>
/// <param name="Reason"><see cref="Cases.Reason"/>, when it was not simply paid or told.</param>
/// <param name="Finding">The newest finding.</param>
public sealed record CareCase(
    CaseId Id, JobId JobId, string Mode, string Family, Instant OpenedAt, string State, string? Reason,
        Finding Finding);

/// <summary>The case table.</summary>
public static class CareCases
{
    private const string Columns =
        """
        case_id AS id, job_id, mode, family, opened_at, state, reason,
        subject, customer_id, service_event, occurred_at, amount_basis, in_doubt, evidence
        """;

    /// <summary>One case; null when there is none.</summary>
    public static CareCase? Get(DbConnection db, CaseId id) =>
        Query(db, "WHERE case_id = @id", new { id }).SingleOrDefault();

    /// <summary>The case of a finding, if it was opened before.</summary>
    public static CareCase? Of(DbConnection db, JobId job, string mode, Finding finding) =>
        Query(db, "WHERE job_id = @job AND mode = @mode AND subject = @Subject AND customer_id = @CustomerId",
            new { job, mode, finding.Subject, finding.CustomerId }).SingleOrDefault();

    /// <summary>Cases, newest first.</summary>
    /// <param name="db">A snapshot.</param>
    /// <param name="wanted">What to look for.</param>
    public static IReadOnlyList<CareCase> List(DbConnection db, CaseFilter wanted) =>
        Query(db,
            """
            WHERE (@Job IS NULL OR job_id = @Job) AND (@State IS NULL OR state = @State)
              AND (@Customer IS NULL OR customer_id = @Customer) AND (@Mode IS NULL OR mode = @Mode)
            ORDER BY case_id DESC LIMIT @Most
            """, wanted);

    /// <summary>
    /// Cases of a job to decide again: what they waited for has arrived or may have been named by the operator since,
    /// the customer has asked, or their time has come.
    /// </summary>
    internal static IReadOnlyList<CareCase> DecideAgain(DbConnection db, JobId job, string mode, Instant now,
        int most) =>
        Query(db,
            """
            WHERE job_id = @job AND mode = @mode AND state IN ('waiting', 'held-out') AND (
              decide_again_at <= @now
              OR reason = 'customer-not-arrived' AND customer_id IN (SELECT customer_id FROM customer)
              OR reason = 'purchase-not-arrived' AND purchase_id IN (SELECT purchase_id FROM purchase)
              OR reason = 'no-amount-for-currency'
              OR reason = 'held-out' AND EXISTS (
                SELECT 1 FROM contact
                WHERE contact.customer_id = care_case.customer_id AND contacted_at >= occurred_at))
            ORDER BY reason = 'no-amount-for-currency', case_id LIMIT @most
            """,
            new { job, mode, now, most });

    private static List<CareCase> Query(DbConnection db, string where, object parameters) =>
    [
        .. db.Query<Row>($"SELECT {Columns} FROM care_case {where}", parameters).Select(r => new CareCase(
            r.Id, r.JobId, r.Mode, r.Family, r.OpenedAt, r.State, r.Reason,
            new Finding(r.Subject, r.CustomerId, r.ServiceEvent, r.OccurredAt, r.AmountBasis, r.InDoubt, r.Evidence))),
    ];

    private sealed record Row(
        CaseId Id, JobId JobId, string Mode, string Family, Instant OpenedAt, string State, string? Reason,
            string Subject,
        CustomerId CustomerId, string ServiceEvent, Instant OccurredAt, long? AmountBasis, bool InDoubt,
            string Evidence);
}

/// <summary>What cases to list; null asks for all.</summary>
public sealed record CaseFilter(JobId? Job = null, string? State = null, CustomerId? Customer = null,
    string? Mode = null, int Most = 100);
