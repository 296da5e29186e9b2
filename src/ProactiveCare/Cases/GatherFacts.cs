using System.Data.Common;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>Gathers what a decision may know, in the transaction of the decision.</summary>
internal static class GatherFacts
{
    /// <summary>Asks everything at once.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="sitting">Where it is decided.</param>
    /// <param name="about">The finding.</param>
    /// <param name="earlier">Its case, if it was opened before.</param>
    /// <param name="own">The case whose credits and entitlement are no obstacle, if there is one.</param>
    /// <returns>Waits for the answers.</returns>
    public static Func<Facts> Ask(
        DbConnection db, DecisionBatch sitting, PreparedFinding about, CareCase? earlier, CaseId? own)
    {
        var (finding, purchaseId, draw) = about;
        var job = sitting.By.Job;
        var shadow = sitting.By.Mode == Mode.Shadow;
        var customer = sitting.Knows(finding.CustomerId) ? Customer(db, finding.CustomerId) : null;
        var purchase = purchaseId is { } bought && sitting.Knows(bought)
            ? Purchase(db, bought, shadow ? own : null)
            : null;
        var caredForBy = CaredForBy(db, job, finding, own);
        var elsewhere = purchaseId is null ? null : GivenElsewhere(db, purchaseId.Value, finding.OccurredAt);
        var contacted = db.Ask(
            "SELECT 1 FROM contact WHERE customer_id = ?1 AND contacted_at >= ?2 LIMIT 1", _ => true,
            finding.CustomerId, finding.OccurredAt);
        var given = earlier is null ? null : Given(db, earlier);
        var recent = job.Limits.PerCustomer is { } limit
            ? RecentCredits(db, job, finding.CustomerId, own, sitting.Now - limit.Within)
            : null;
        return () => new Facts
        {
            Finding = finding,
            Now = sitting.Now,
            Customer = customer?.First,
            PurchaseId = purchaseId,
            Purchase = purchase?.First,
            CaredForBy = caredForBy.First,
            GivenElsewhere = elsewhere?.First,
            Draw = draw,
            Contacted = contacted.First,
            HeldOutAt = earlier?.State == CaseState.HeldOut ? earlier.OpenedAt : null,
            Given = given?.First ?? 0,
            RecentCredits = recent?.Rows is { Count: > 1 } cases ? cases.Distinct().Count() : recent?.Rows.Count ?? 0,
            Andon = sitting.Andon,
        };
    }

    private static Answer<CustomerFacts> Customer(DbConnection db, CustomerId id) =>
        db.Ask(
            "SELECT customer_number, status, plan, currency FROM customer WHERE customer_id = ?1",
            row => new CustomerFacts(
                row.Number(0), row.Text(1), row.TextOrNull(2),
                row.TextOrNull(3) is { } currency ? Currency.Of(currency) : null),
            id);

    private static Answer<PurchaseFacts> Purchase(DbConnection db, PurchaseId id, CaseId? without) =>
        db.Ask(
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

    private static Answer<GivenElsewhere> GivenElsewhere(DbConnection db, PurchaseId purchase, Instant since) =>
        db.Ask(
            """
            SELECT given_by, refunded_at FROM refund
            WHERE purchase_id = ?1 AND refunded_at >= ?2 AND amount_minor > 0
            ORDER BY given_by = 'dispute' DESC, refunded_at LIMIT 1
            """,
            row => new GivenElsewhere(row.Text(0), row.Instant(1)), purchase, since);

    private static Answer<CaseId?> CaredForBy(DbConnection db, Job job, Finding finding, CaseId? own) =>
        db.Ask(
            """
            SELECT case_id FROM entitlement
            WHERE customer_id = ?1 AND service_event = ?2 AND family = ?3 AND case_id <> ?4
            """,
            row => (CaseId?)new CaseId(row.Number(0)),
            finding.CustomerId, finding.ServiceEvent, FamilyOf(job), own?.Value ?? 0);

    // A rejected credit gave nothing, but the decision stands: it is not decided again by the same evidence.
    private static Answer<long> Given(DbConnection db, CareCase earlier) =>
        db.Ask("SELECT COALESCE(SUM(pays_minor), 0) FROM decision WHERE case_id = ?1", row => row.Number(0),
            earlier.Id);

    // Most customers have none, for whom a DISTINCT in the statement would set up its table in vain.
    private static Answer<long> RecentCredits(
        DbConnection db, Job job, CustomerId customer, CaseId? own, Instant since) =>
        db.Ask(
            """
            SELECT case_id FROM credit
            WHERE job_id = ?1 AND customer_id = ?2 AND created_at > ?3 AND state NOT IN ('rejected', 'reversed')
              AND case_id <> ?4
            """,
            row => row.Number(0), job.Id, customer, since, own?.Value ?? 0);

    public static Family FamilyOf(Job job) => job.Pays ? Family.Compensation : Family.Alert;
}
