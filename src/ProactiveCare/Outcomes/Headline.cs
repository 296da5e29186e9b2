namespace ProactiveCare.Outcomes;

/// <summary>The result of a period for customers.</summary>
/// <param name="Helped">Customers who were paid or warned before they contacted us about it.</param>
/// <param name="HelpedAfterContact">Customers who contacted us first.</param>
/// <param name="WaitForYou">Credits that wait for a person's decision.</param>
public sealed record Headline(long Helped, long HelpedAfterContact, long WaitForYou)
{
    /// <summary>The two most important numbers, in words.</summary>
    public override string ToString() =>
        $"{Count(Helped, "person", "people")} helped before they asked, {WaitForYou} "
            + $"{(WaitForYou == 1 ? "waits" : "wait")} for you";

    /// <summary>Counts payments and notices from one instant up to, not including, another.</summary>
    public static Headline Of(DbConnection db, Instant from, Instant to) => db.QuerySingle<Headline>(
        """
        WITH help AS (
          SELECT credit.customer_id, care_case.occurred_at, settled_at AS at FROM credit JOIN care_case USING (case_id)
          WHERE credit.state = 'settled' AND settled_at >= @from AND settled_at < @to
          UNION ALL
          SELECT notice.customer_id, care_case.occurred_at, sent_at FROM notice JOIN care_case USING (case_id)
          WHERE event = 'alert' AND notice.state = 'sent' AND sent_at >= @from AND sent_at < @to),
        judged AS (
          SELECT customer_id, MAX(CASE WHEN EXISTS (
            SELECT 1 FROM contact
            WHERE contact.customer_id = help.customer_id
              AND contacted_at BETWEEN help.occurred_at AND help.at) THEN 1 ELSE 0 END) AS asked
          FROM help GROUP BY customer_id)
        SELECT COUNT(*) FILTER (WHERE asked = 0) AS helped, COALESCE(SUM(asked), 0) AS helped_after_contact,
          (SELECT COUNT(*) FROM credit WHERE state = 'pending' AND hold_reason NOT IN ('andon', 'budget'))
            AS wait_for_you
        FROM judged
        """,
        new { from, to });

    private static string Count(long count, string one, string many) => $"{count} {(count == 1 ? one : many)}";
}
