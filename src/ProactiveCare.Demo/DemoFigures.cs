using System.Data.Common;
using Dapper;
using ProactiveCare.Cases;
using ProactiveCare.Jobs;
using ProactiveCare.Ledger;
using ProactiveCare.Outcomes;
using ProactiveCare.Payments;

namespace ProactiveCare.Demo;

/// <summary>The outcomes of the cases of a job; each is counted once, in its final state.</summary>
internal sealed record JobFigures(
    JobId Job, long Found, long Given, long Told, long Held, long Waiting, long Refused);

/// <summary>Cases that ended or wait for one reason.</summary>
/// <param name="Standing"><c>refused</c>, <c>waiting</c>, <c>pending</c>, <c>rejected</c> or <c>failed</c>.</param>
/// <param name="Reason">The reason as stored.</param>
/// <param name="Count">How many.</param>
/// <param name="Example">The first of them.</param>
internal sealed record ReasonFigures(string Standing, string Reason, long Count, CaseId Example);

/// <summary>The money of one currency by state, in minor units.</summary>
internal sealed record MoneyFigures(
    Currency Currency, long Credits, long PaidMinor, long UnderwayMinor, long PendingMinor, long RejectedMinor,
        long FailedMinor);

/// <summary>Notices by audience, event and state.</summary>
internal sealed record MailFigures(string Audience, string Event, string State, string? Reason, long Count,
    long Rested);

/// <summary>The counts of the importer.</summary>
internal sealed record ImportFigures(
    long Files, long Received, long Stored, long Revised, long Duplicate, long Quarantined);

/// <summary>A mail in the outbox.</summary>
internal sealed record MailShown(
    CustomerId Customer, CaseId Case, string Recipient, string RecipientName, string Subject, string Text, string File);

/// <summary>The result of the two days.</summary>
internal sealed record DemoFigures
{
    public required int Seed { get; init; }

    public Instant From { get; init; } = Company.Start;

    public Instant To { get; init; } = Company.End;

    public required Headline Headline { get; init; }

    public required ImportFigures Imports { get; init; }

    public required IReadOnlyList<JobFigures> Jobs { get; init; }

    public required IReadOnlyList<ReasonFigures> Reasons { get; init; }

    /// <summary>The reasons and counts of decisions that were held at first, whatever their outcome.</summary>
    public required IReadOnlyDictionary<HoldReason, long> HeldAtFirst { get; init; }

    public required IReadOnlyList<MoneyFigures> Money { get; init; }

    public required IReadOnlyList<MailFigures> Mail { get; init; }

    public required long Alarms { get; init; }

    public required LedgerReport Books { get; init; }

    public required long Replayed { get; init; }

    public required long Mismatches { get; init; }

    public required MailShown? Example { get; init; }

    public static DemoFigures Of(DbConnection db, JobBook book, int seed)
    {
        var mismatches = DecisionLog.Replay(db, book, null, out var replayed);
        return new DemoFigures
        {
            Seed = seed,
            Headline = Headline.Of(db, Company.Start, Company.End + Duration.FromMilliseconds(1)),
            Imports = db.QuerySingle<ImportFigures>(
                """
                SELECT COUNT(*) AS files, SUM(received) AS received, SUM(stored) AS stored, SUM(revised) AS revised,
                  SUM(duplicate) AS duplicate, SUM(quarantined) AS quarantined FROM import
                """),
            Jobs = [.. db.Query<JobFigures>(JobQuery)],
            Reasons = [.. db.Query<ReasonFigures>(ReasonQuery)],
            HeldAtFirst = db.Query<(HoldReason Reason, long Count)>(
                "SELECT reason, COUNT(*) FROM decision WHERE outcome = 'hold' GROUP BY reason ORDER BY reason")
                .ToDictionary(held => held.Reason, held => held.Count),
            Money = [.. db.Query<MoneyFigures>(MoneyQuery)],
            Mail = [.. db.Query<MailFigures>(MailQuery)],
            Alarms = db.ExecuteScalar<long>("SELECT COUNT(*) FROM alarm"),
            Books = BooksCheck.Run(db),
            Replayed = replayed,
            Mismatches = mismatches.Count,
            Example = db.QueryFirstOrDefault<MailShown>(ExampleQuery),
        };
    }

    /// <summary>Whether anything waits for a budget.</summary>
    public static bool BudgetIsSpent(DbConnection db) => db.ExecuteScalar<bool>(
        "SELECT EXISTS (SELECT 1 FROM credit WHERE state = 'pending' AND hold_reason = 'budget')");

    private const string Standings =
        """
        WITH newest AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY case_id ORDER BY credit_id DESC) AS nth FROM credit),
        standing AS (
          SELECT care_case.job_id, care_case.case_id, COALESCE(newest.state, care_case.state) AS state,
            CASE newest.state WHEN 'pending' THEN newest.hold_reason WHEN 'rejected' THEN newest.reason
              WHEN 'failed' THEN newest.reason ELSE care_case.reason END AS reason
          FROM care_case LEFT JOIN newest ON newest.case_id = care_case.case_id AND nth = 1)

        """;

    private const string JobQuery = Standings +
        """
        SELECT job_id AS job, COUNT(*) AS found, 
          COUNT(*) FILTER (WHERE state IN ('approved', 'settling', 'unknown', 'settled', 'failed')) AS given,
          COUNT(*) FILTER (WHERE state = 'told') AS told,
          COUNT(*) FILTER (WHERE state = 'pending') AS held,
          COUNT(*) FILTER (WHERE state = 'waiting') AS waiting,
          COUNT(*) FILTER (WHERE state IN ('refused', 'rejected')) AS refused
        FROM standing GROUP BY job_id ORDER BY found DESC, job_id
        """;

    private const string ReasonQuery = Standings +
        """
        SELECT state AS standing, reason, COUNT(*) AS count, MIN(case_id) AS example FROM standing
        WHERE state IN ('refused', 'waiting', 'pending', 'rejected', 'failed')
        GROUP BY state, reason
        ORDER BY CASE state WHEN 'pending' THEN 1 WHEN 'waiting' THEN 2 WHEN 'refused' THEN 3 ELSE 4 END,
          count DESC, example
        """;

    private const string MoneyQuery =
        """
        SELECT currency, COUNT(*) AS credits,
          COALESCE(SUM(amount_minor) FILTER (WHERE state = 'settled'), 0) AS paid_minor,
          COALESCE(SUM(amount_minor) FILTER (WHERE state IN ('approved', 'settling', 'unknown')), 0) AS underway_minor,
          COALESCE(SUM(amount_minor) FILTER (WHERE state = 'pending'), 0) AS pending_minor,
          COALESCE(SUM(amount_minor) FILTER (WHERE state = 'rejected'), 0) AS rejected_minor,
          COALESCE(SUM(amount_minor) FILTER (WHERE state = 'failed'), 0) AS failed_minor
        FROM credit GROUP BY currency ORDER BY credits DESC, currency
        """;

    private const string MailQuery =
        """
        SELECT audience, event, state, reason, COUNT(*) AS count,
          COUNT(*) FILTER (WHERE state = 'sent' AND sent_at - queued_at > 1800000) AS rested
        FROM notice GROUP BY audience, event, state, reason
        ORDER BY audience, state DESC, count DESC, event, reason NULLS FIRST
        """;

    private const string ExampleQuery =
        """
        SELECT customer_id AS customer, case_id AS "case", recipient, recipient_name, subject, text_body AS text,
          relay_reply AS file
        FROM notice JOIN notice_words USING (notice_id)
        WHERE state = 'sent' AND event = 'refunded' AND locale LIKE 'en%' ORDER BY notice_id LIMIT 1
        """;
}
