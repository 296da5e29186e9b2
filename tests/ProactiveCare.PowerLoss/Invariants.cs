namespace ProactiveCare.PowerLoss;

/// <summary>Rows that must not exist, beyond what the books' own check and the database's constraints see.</summary>
internal static class Invariants
{
    public static readonly (string Invariant, string Query)[] Queries =
    [
        ("I1 one case per subject and customer",
            "SELECT 1 FROM care_case GROUP BY job_id, mode, subject, customer_id HAVING count(*) > 1"),
        ("I2 one entitlement for what happened",
            """
            SELECT 1 FROM credit JOIN care_case USING (case_id) WHERE credit.state NOT IN ('rejected', 'reversed')
            GROUP BY care_case.customer_id, service_event, care_case.family HAVING count(DISTINCT case_id) > 1
            """),
        ("I2 never more than was paid",
            "SELECT 1 FROM purchase WHERE refunded_minor + pending_minor > amount_minor"),
        ("I3 a decision that pays has its credit",
            """
            SELECT 1 FROM decision JOIN care_case USING (case_id) LEFT JOIN credit
              ON credit.case_id = decision.case_id AND credit.decision_number = decision.number
            WHERE mode = 'live' AND outcome IN ('pay', 'hold') AND (pays_minor > 0) <> (credit_id IS NOT NULL)
            """),
        ("I3 a credit has its decision",
            """
            SELECT 1 FROM credit WHERE NOT EXISTS (SELECT 1 FROM decision d
              WHERE d.case_id = credit.case_id AND d.number = credit.decision_number
                AND d.pays_minor = amount_minor + reduced_minor)
            """),
        ("I3 a case has a decision",
            "SELECT 1 FROM care_case WHERE case_id NOT IN (SELECT case_id FROM decision)"),
        ("I3 a completed run has decided all that it found",
            "SELECT 1 FROM run WHERE state = 'completed' AND decided <> found"),
        ("I3 no cursor beyond what arrived", "SELECT 1 FROM cursor WHERE arrival > (SELECT last FROM arrival)"),
        ("I5 no budget exceeded", "SELECT 1 FROM budget WHERE reserved_minor > cap_minor"),
        ("I6 what was not sent has a reason",
            "SELECT 1 FROM notice WHERE state IN ('held', 'suppressed', 'bounced') AND reason IS NULL"),
        ("I7 every notice has its Message-ID", "SELECT 1 FROM notice WHERE message_id IS NULL"),
        ("I7 a settled credit is told once",
            """
            SELECT 1 FROM credit LEFT JOIN notice ON notice.case_id = credit.case_id
              AND notice.decision_number = credit.decision_number AND event IN ('refunded', 'credited')
            WHERE credit.state = 'settled' GROUP BY credit_id HAVING count(notice_id) <> 1
            """),
        ("I14 received = stored + revised + duplicate + quarantined",
            "SELECT 1 FROM import WHERE received <> stored + revised + duplicate + quarantined"),
        ("I14 every row that was counted is there",
            "SELECT 1 WHERE (SELECT count(*) FROM session) <> "
            + "(SELECT COALESCE(sum(stored), 0) FROM import WHERE kind = 'sessions')"),
    ];
}
