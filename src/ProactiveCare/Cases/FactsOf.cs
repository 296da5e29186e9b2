using System.Data.Common;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Detection.Jobs;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>Gathers what a decision may know, in the transaction of the decision.</summary>
internal static class FactsOf
{
    public static Facts Gather(DbConnection db, Sitting sitting, PreparedFinding about, CareCase? earlier)
    {
        var (finding, purchaseId, draw) = about;
        var job = sitting.By.Job;
        var shadow = sitting.By.Mode == Mode.Shadow;
        // Shadow sees what it would do alone: what the version that acts did for the same finding does not count.
        var own = shadow ? CareCases.Of(db, job.Id, Mode.Live, finding)?.Id : earlier?.Id;
        return new Facts
        {
            Finding = finding,
            Now = sitting.Now,
            Customer = sitting.Knows(finding.CustomerId) ? Customer(db, finding.CustomerId) : null,
            PurchaseId = purchaseId,
            Purchase = purchaseId is not { } purchase || !sitting.Knows(purchase)
                ? null
                : Purchase(db, purchase, shadow ? own : null),
            CaredForBy = CaredForBy(db, job, finding, own),
            GivenElsewhere = purchaseId is null ? null : GivenElsewhere(db, purchaseId.Value, finding.OccurredAt),
            Draw = draw,
            Contacted = db.First(
                "SELECT 1 FROM contact WHERE customer_id = ?1 AND contacted_at >= ?2 LIMIT 1", _ => true,
                finding.CustomerId, finding.OccurredAt),
            HeldOutAt = earlier?.State == CaseState.HeldOut ? earlier.OpenedAt : null,
            Given = earlier is null ? 0 : Given(db, earlier),
            RecentCredits = RecentCredits(db, job, finding.CustomerId, own, sitting.Now),
            Andon = sitting.Andon,
        };
    }

    private static CustomerFacts? Customer(DbConnection db, CustomerId id) =>
        db.First(
            "SELECT customer_number, status, plan, currency FROM customer WHERE customer_id = ?1",
            row => new CustomerFacts(
                row.Number(0), row.Text(1), row.TextOrNull(2),
                row.TextOrNull(3) is { } currency ? Currency.Of(currency) : null),
            id);

    private static PurchaseFacts? Purchase(DbConnection db, PurchaseId id, CaseId? without) =>
        db.First(
            """
            SELECT customer_id, kind, title, currency, amount_minor, refunded_minor + pending_minor - (
              SELECT COALESCE(SUM(amount_minor), 0) FROM credit
              WHERE case_id = ?2 AND purchase_id = ?1 AND state NOT IN ('rejected', 'reversed'))
            FROM purchase WHERE purchase_id = ?1
            """,
            row =>
            {
                var currency = Currency.Of(row.Text(3));
                return new PurchaseFacts(
                    new CustomerId(row.Text(0)), row.Text(1), row.Text(2), new Money(row.Number(4), currency),
                    new Money(row.Number(5), currency));
            },
            id, without);

    private static GivenElsewhere? GivenElsewhere(DbConnection db, PurchaseId purchase, Instant since) =>
        db.First(
            """
            SELECT given_by, refunded_at FROM refund
            WHERE purchase_id = ?1 AND refunded_at >= ?2 AND amount_minor > 0
            ORDER BY given_by = 'dispute' DESC, refunded_at LIMIT 1
            """,
            row => new GivenElsewhere(row.Text(0), row.Instant(1)), purchase, since);

    private static CaseId? CaredForBy(DbConnection db, Job job, Finding finding, CaseId? own) =>
        db.First(
            """
            SELECT case_id FROM entitlement
            WHERE customer_id = ?1 AND service_event = ?2 AND family = ?3 AND case_id <> ?4
            """,
            row => (CaseId?)new CaseId(row.Number(0)),
            finding.CustomerId, finding.ServiceEvent, FamilyOf(job), own?.Value ?? 0);

    // A rejected credit gave nothing, but the decision stands: it is not decided again by the same evidence.
    private static long Given(DbConnection db, CareCase earlier) =>
        db.First("SELECT COALESCE(SUM(pays_minor), 0) FROM decision WHERE case_id = ?1", row => row.Number(0),
            earlier.Id);

    private static int RecentCredits(DbConnection db, Job job, CustomerId customer, CaseId? own, Instant now)
    {
        if (job.Limits.PerCustomer is not { } limit) return 0;
        // Most customers have none, for whom a DISTINCT in the statement would set up its table in vain.
        var cases = db.All(
            """
            SELECT case_id FROM credit
            WHERE job_id = ?1 AND customer_id = ?2 AND created_at > ?3 AND state NOT IN ('rejected', 'reversed')
              AND case_id <> ?4
            """,
            row => row.Number(0), job.Id, customer, now - limit.Within, own?.Value ?? 0);
        return cases.Count < 2 ? cases.Count : cases.Distinct().Count();
    }

    public static string FamilyOf(Job job) => job.Pays ? "compensation" : "alert";
}
