using System.Data.Common;
using Dapper;

namespace ProactiveCare.Tests.Faults;

/// <summary>
/// The amounts that an idle cluster owes to each customer whose rows were all acknowledged, counted from what was
/// sent in and from nothing that the product counts.
/// </summary>
internal static class ClusterOutcome
{
    private const string Refused = "budget";

    public static IEnumerable<string> Wrong(DbConnection db, ClusterLoad load, CountingRelay relay) =>
        [.. Customers(db, load, relay), .. Budgets(db), .. Cursors(db), .. Alarms(db), .. Mails(db, relay)];

    private static IEnumerable<string> Customers(DbConnection db, ClusterLoad load, CountingRelay relay)
    {
        var known = Set(db, "SELECT customer_id FROM customer");
        var sessions = Set(db, "SELECT customer_id FROM session");
        var entitled = Counts(db, "SELECT customer_id AS who, COUNT(*) AS times FROM entitlement GROUP BY customer_id");
        var cases = Counts(db, "SELECT customer_id AS who, COUNT(*) AS times FROM care_case GROUP BY customer_id");
        var credits = db.Query<Given>(
            """
            SELECT customer_id AS who, job_id, kind, amount_minor AS minor, state, COALESCE(hold_reason, '') AS held,
              (SELECT COUNT(*) FROM notice n WHERE n.case_id = credit.case_id
                AND n.event IN ('refunded', 'credited')) AS notices,
              (SELECT COUNT(*) FROM notice n WHERE n.case_id = credit.case_id AND n.event = 'held') AS holds,
              COALESCE((SELECT MAX(message_id) FROM notice n WHERE n.case_id = credit.case_id AND n.state = 'sent'
                AND n.event IN ('refunded', 'credited')), '') AS sent
            FROM credit
            """).ToLookup(given => given.Who, StringComparer.Ordinal);
        foreach (var customer in load.Acknowledged)
        {
            if (!known.Contains(customer) || !sessions.Contains(customer))
                yield return $"what was acknowledged of {customer} is lost";
            var has = credits[customer].ToList();
            if (ClusterLoad.Due(customer) is not { } due)
            {
                if (has.Count > 0) yield return $"{customer} should have nothing and has {has[0]}";
                continue;
            }
            if (cases.GetValueOrDefault(customer) != 1 || entitled.GetValueOrDefault(customer) != 1)
                yield return $"{customer} has {cases.GetValueOrDefault(customer)} cases and "
                    + $"{entitled.GetValueOrDefault(customer)} entitlements";
            if (has is not [var given] || (given.JobId, given.Kind, given.Minor) != due)
                yield return $"{customer} should have {due} and has {string.Join(", ", has)}";
            else if (given is { State: "settled", Notices: 1, Holds: <= 1 } && relay.Taken(given.Sent) > 0) continue;
            else if (given is not { State: "pending", Held: Refused, Notices: 0, Holds: <= 1 })
                yield return $"{customer} has {given}";
        }
    }

    // Credits held for the budget would have exceeded it; the reserved amount is the sum of the credits.
    private static IEnumerable<string> Budgets(DbConnection db) => db.Query<string>(
        """
        SELECT job_id || ' ' || period || ': ' || reserved_minor || ' of ' || cap_minor FROM budget b
        WHERE mode = 'live' AND (reserved_minor > cap_minor
          OR reserved_minor <> (SELECT COALESCE(SUM(amount_minor), 0) FROM credit c WHERE c.job_id = b.job_id
            AND c.currency = b.currency AND c.budget_period = b.period AND c.state NOT IN ('rejected', 'reversed'))
          OR reserved_minor + (SELECT COALESCE(MIN(amount_minor), cap_minor + 1) FROM credit c
            WHERE c.job_id = b.job_id AND c.currency = b.currency AND c.hold_reason = 'budget') <= cap_minor)
        """).Select(budget => "I5 a budget is what its credits come to, and held is what does not fit: " + budget);

    private static IEnumerable<string> Cursors(DbConnection db) => db.Query<string>(
        """
        SELECT job_id || ' at ' || arrival FROM cursor WHERE arrival <> (SELECT last FROM arrival)
        """).Select(cursor => "a cursor does not stand at the last arrival: " + cursor);

    private static IEnumerable<string> Alarms(DbConnection db) => db.Query<string>(
        "SELECT trigger_name || ' ' || trigger_state FROM qrtz_triggers WHERE trigger_state IN ('ERROR', 'PAUSED')")
        .Select(trigger => "Quartz wakes nobody by the trigger " + trigger);

    private static IEnumerable<string> Mails(DbConnection db, CountingRelay relay)
    {
        var known = Set(db, "SELECT message_id FROM notice WHERE message_id IS NOT NULL");
        return relay.Ids.Where(id => !known.Contains(id) && !known.Contains($"<{id}>"))
            .Select(id => $"a mail left of which the database knows nothing: {id}");
    }

    private static HashSet<string> Set(DbConnection db, string query) =>
        db.Query<string>(query).ToHashSet(StringComparer.Ordinal);

    private static Dictionary<string, long> Counts(DbConnection db, string query) =>
        db.Query<(string Who, long Times)>(query).ToDictionary(
            row => row.Who, row => row.Times, StringComparer.Ordinal);

    private sealed record Given(
        string Who, string JobId, string Kind, long Minor, string State, string Held, long Notices, long Holds,
        string Sent);
}
