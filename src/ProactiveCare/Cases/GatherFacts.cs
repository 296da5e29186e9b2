using System.Buffers.Binary;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>Reads everything that decisions may know, in their transaction, one kind of fact at a time.</summary>
internal static class GatherFacts
{
    /// <summary>The candidates of findings that share no customer and no purchase, in any order.</summary>
    public static List<Candidate> For(DbConnection db, DecisionBatch batch, List<Finding> group)
    {
        var job = batch.By.Job;
        var earlier = CareCases.Of(db, job.Id, batch.By.Mode, group);
        // A shadow decides as if it were alone: the live case of the same finding does not count against it.
        var own = batch.By.Mode == Mode.Shadow ? CareCases.Of(db, job.Id, Mode.Live, group) : earlier;
        var candidates = group.Select((finding, i) => new Candidate(finding, earlier[i], own[i]?.Id)).ToList();
        var open = candidates.FindAll(candidate => !candidate.IsFinal);
        var customers = Customers(db, batch, open);
        var purchases = Purchases(db, batch, open);
        var caredFor = CaredForBy(db, job, open);
        var elsewhere = GivenElsewhere(db, open);
        var contacted = Contacted(db, open);
        var given = Given(db, open);
        var recent = RecentCredits(db, batch, open);
        return
        [
            .. candidates.Where(candidate => candidate.IsFinal),
            .. open.Select((candidate, i) => candidate with
            {
                Facts = new Facts
                {
                    Finding = candidate.Finding,
                    Now = batch.Now,
                    Customer = customers[i].FirstOrDefault(),
                    Purchase = purchases[i].FirstOrDefault(),
                    CaredForBy = caredFor[i] is [var other, ..] ? other : null,
                    GivenElsewhere = elsewhere[i].FirstOrDefault(),
                    Draw = Draw(job.Id, candidate.Finding),
                    Contacted = contacted[i].Length > 0,
                    HeldOutAt = candidate.Earlier?.State == CaseState.HeldOut ? candidate.Earlier.OpenedAt : null,
                    Given = given[i] is [var minor] ? minor : 0,
                    RecentCredits = recent is null ? 0 : recent[i].Distinct().Count(),
                    Andon = batch.Andon,
                },
            }),
        ];
    }

    public static Family FamilyOf(Job job) => job.Pays ? Family.Compensation : Family.Alert;

    private static CustomerFacts[][] Customers(DbConnection db, DecisionBatch batch, List<Candidate> open) =>
        db.ForAll(
            "SELECT customer_number, status, plan, currency FROM customer WHERE customer_id = ?1", open,
            candidate => batch.HasLocked(candidate.Finding.CustomerId) ? [candidate.Finding.CustomerId] : null,
            row => new CustomerFacts(
                row.Number(0), row.Text(1), row.TextOrNull(2),
                row.TextOrNull(3) is { } currency ? Currency.Of(currency) : null));

    private static PurchaseFacts[][] Purchases(DbConnection db, DecisionBatch batch, List<Candidate> open) =>
        db.ForAll(
            """
            SELECT customer_id, kind, title, currency, amount_minor, refunded_minor + pending_minor - (
              SELECT COALESCE(SUM(amount_minor), 0) FROM credit
              WHERE case_id = ?2 AND purchase_id = ?1 AND state NOT IN ('rejected', 'reversed'))
            FROM purchase WHERE purchase_id = ?1
            """,
            open,
            candidate => candidate.Finding.PurchaseId is { } bought && batch.HasLocked(bought)
                ? [bought, batch.By.Mode == Mode.Shadow ? candidate.Own : null]
                : null,
            row =>
            {
                var currency = Currency.Of(row.Text(3));
                return new PurchaseFacts(
                    new CustomerId(row.Text(0)), row.Text(1), row.Text(2), new Money(row.Number(4), currency),
                    new Money(row.Number(5), currency));
            });

    private static GivenElsewhere[][] GivenElsewhere(DbConnection db, List<Candidate> open) =>
        db.ForAll(
            """
            SELECT given_by, refunded_at FROM refund
            WHERE purchase_id = ?1 AND refunded_at >= ?2 AND amount_minor > 0
            ORDER BY given_by = 'dispute' DESC, refunded_at LIMIT 1
            """,
            open,
            candidate => candidate.Finding.PurchaseId is { } bought ? [bought, candidate.Finding.OccurredAt] : null,
            row => new GivenElsewhere(row.Text(0), row.Instant(1)));

    private static CaseId[][] CaredForBy(DbConnection db, Job job, List<Candidate> open) =>
        db.ForAll(
            """
            SELECT case_id FROM entitlement
            WHERE customer_id = ?1 AND service_event = ?2 AND family = ?3 AND case_id <> ?4
            """,
            open,
            candidate =>
            [
                candidate.Finding.CustomerId, candidate.Finding.ServiceEvent, FamilyOf(job), candidate.Own?.Value ?? 0,
            ],
            row => new CaseId(row.Number(0)));

    private static bool[][] Contacted(DbConnection db, List<Candidate> open) =>
        db.ForAll(
            "SELECT 1 FROM contact WHERE customer_id = ?1 AND contacted_at >= ?2 LIMIT 1", open,
            candidate => [candidate.Finding.CustomerId, candidate.Finding.OccurredAt], _ => true);

    // A rejected credit gave nothing, but its decision stands: the same evidence does not lead to another.
    private static long[][] Given(DbConnection db, List<Candidate> open) =>
        db.ForAll(
            "SELECT COALESCE(SUM(pays_minor), 0) FROM decision WHERE case_id = ?1", open,
            candidate => candidate.Earlier is { } earlier ? [earlier.Id] : null, row => row.Number(0));

    // Cases, not credits, count; most customers have none, so DISTINCT in the statement would only cost.
    private static long[][]? RecentCredits(DbConnection db, DecisionBatch batch, List<Candidate> open) =>
        batch.By.Job.Limits.PerCustomer is not { } limit ? null : db.ForAll(
            """
            SELECT case_id FROM credit
            WHERE job_id = ?1 AND customer_id = ?2 AND created_at > ?3 AND state NOT IN ('rejected', 'reversed')
              AND case_id <> ?4
            """,
            open,
            candidate =>
                [batch.By.Job.Id, candidate.Finding.CustomerId, batch.Now - limit.Within, candidate.Own?.Value ?? 0],
            row => row.Number(0));

    // The same for a case forever, on every machine, and uniform over cases.
    private static decimal Draw(JobId job, Finding finding)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{job}\n{finding.Subject}\n{finding.CustomerId}"));
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / 4_294_967_296m;
    }
}
