using System.Data.Common;
using Dapper;
using ProactiveCare.Cases;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Worker;

namespace ProactiveCare.Tests.Faults;

/// <summary>
/// The invariants of an installation's database at every moment, whatever was killed. Each describes violations in
/// words.
/// </summary>
internal static class Invariants
{
    private static readonly (string Name, string Broken)[] Queries =
    [
        ("I1 one case per job, mode, subject and customer",
            """
            SELECT job_id || ' ' || subject FROM care_case
            GROUP BY job_id, mode, subject, customer_id HAVING COUNT(*) > 1
            """),
        ("I2 one case gives per customer, service event and family",
            """
            SELECT customer_id || ' ' || service_event FROM care_case c WHERE mode = 'live'
              AND EXISTS (SELECT 1 FROM credit k
                WHERE k.case_id = c.case_id AND k.state NOT IN ('rejected', 'reversed', 'debited'))
            GROUP BY customer_id, service_event, family HAVING COUNT(*) > 1
            """),
        ("I2 the case that gives holds the entitlement",
            """
            SELECT case_id FROM credit JOIN care_case c USING (case_id) LEFT JOIN entitlement e USING (case_id)
            WHERE e.case_id IS NULL
            """),
        ("I2 credits never exceed their target",
            """
            SELECT case_id FROM credit WHERE state NOT IN ('rejected', 'reversed', 'debited') GROUP BY case_id
            HAVING SUM(amount_minor) > (SELECT MAX(target_minor) FROM decision d WHERE d.case_id = credit.case_id)
            """),
        ("I2 refunds never exceed what was paid",
            "SELECT purchase_id FROM purchase WHERE refunded_minor + pending_minor > amount_minor"),
        ("I3 a live decision that pays has its credit, and only it",
            """
            SELECT d.case_id || '/' || number FROM decision d JOIN care_case c USING (case_id)
              FULL JOIN credit k ON k.case_id = d.case_id AND k.decision_number = d.number
            WHERE d.case_id IS NULL OR (c.mode = 'live' AND (d.outcome IN ('pay', 'hold') AND d.pays_minor > 0)
              <> (k.credit_id IS NOT NULL)) OR (k.replaces = 0 AND k.amount_minor + k.reduced_minor <> d.pays_minor)
            """),
        ("I3 a case has a decision",
            "SELECT case_id FROM care_case WHERE case_id NOT IN (SELECT case_id FROM decision)"),
        ("I3 a completed run decided all it found and left no finding",
            """
            SELECT run_id FROM run WHERE state = 'completed' AND (decided <> found
              OR EXISTS (SELECT 1 FROM finding WHERE finding.run_id = run.run_id))
            """),
        ("I3 a run that is under way has decided a beginning of what it staged",
            """
            SELECT run_id FROM run WHERE state = 'staged'
              AND (decided > found OR found <> (SELECT COUNT(*) FROM finding WHERE finding.run_id = run.run_id))
            """),
        ("I3 a cursor stands where its last completed run left it, and not beyond what arrived",
            """
            SELECT job_id || ' ' || mode FROM cursor c WHERE arrival > (SELECT last FROM arrival)
              OR arrival < (SELECT MAX(next_cursor) FROM run r WHERE r.job_id = c.job_id AND r.mode = c.mode
                AND state = 'completed' AND cause <> 'backfill')
            """),
        ("I6 a case that gave nothing says why",
            "SELECT case_id FROM care_case WHERE state NOT IN ('given', 'told', 'refused') AND reason IS NULL"),
        ("I6 a settled credit has its notice, and only it",
            """
            SELECT credit_id FROM credit WHERE (state = 'settled') <> EXISTS (
              SELECT 1 FROM notice WHERE event_key = 'credit:' || credit_id || ':settled')
            """),
        ("I7 a notice that left has its Message-ID and Date",
            """
            SELECT notice_id FROM notice WHERE message_id IS NULL AND (attempts > 0 OR state IN ('sending', 'sent'))
            """),
        ("I14 every row of an import was stored, revised, a duplicate or set aside",
            """
            SELECT import_id FROM import i WHERE received <> stored + revised + duplicate + quarantined
              OR quarantined <> (SELECT COUNT(*) FROM quarantine q WHERE q.import_id = i.import_id)
            """),
        ("arrival numbers are given out once, and none beyond the last",
            """
            SELECT arrival FROM (SELECT arrival FROM session UNION ALL SELECT arrival FROM event
              UNION ALL SELECT arrival FROM contact UNION ALL SELECT arrival FROM alert) AS telemetry
            WHERE arrival IS NOT NULL GROUP BY arrival HAVING COUNT(*) > 1 OR arrival > (SELECT last FROM arrival)
            """),
    ];

    /// <summary>Everything that is broken in an installation on which no worker runs.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="thorough">Also replays every decision and has the database check itself.</param>
    public static IReadOnlyList<string> Broken(DataFolder folder, bool thorough = true)
    {
        using var store = Store.OpenReadOnly(folder);
        return
        [
            .. store.Read(Rows),
            .. store.Read(BooksCheck.Run).Problems.Select(problem => "I4, I5 the books add up: " + problem),
            .. thorough ? store.Read(Replayed) : [],
            .. thorough && !store.IsShared
                ? Backup.Check(folder.Database).Select(problem => "I15 the file is sound: " + problem)
                : [],
        ];
    }

    public static List<string> Rows(DbConnection db) =>
        [.. Queries.SelectMany(q => Found(db, q.Broken).Take(5).Select(row => $"{q.Name}: {row}"))];

    // One query returns a number, another text.
    private static IEnumerable<string?> Found(DbConnection db, string broken) =>
        db.Query(broken).Select(row => ((IDictionary<string, object>)row).Values.First().ToString());

    private static List<string> Replayed(DbConnection db)
    {
        var book = new JobBook(new JobLoader(ScheduleWords.CronError));
        return [.. DecisionLog.Replay(db, book, null, out _).Select(wrong =>
            $"I10 every decision replays: case {wrong.CaseId} {wrong.Recorded} -> {wrong.Replayed}")];
    }
}
