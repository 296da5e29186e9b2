using System.Buffers.Binary;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Detection.Jobs;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>Gathers what a decision may know, in the transaction of the decision.</summary>
internal static class FactsOf
{
    public static Facts Gather(DbConnection db, ScheduledJob by, Finding finding, CareCase? earlier, Instant now)
    {
        var job = by.Job;
        // Shadow sees what it would do alone: what the version that acts did for the same finding does not count.
        var own = by.Mode == Mode.Shadow ? CareCases.Of(db, job.Id, Mode.Live, finding)?.Id : earlier?.Id;
        var purchaseId = finding.Text("purchase_id") is { } id ? new PurchaseId(id) : (PurchaseId?)null;
        return new Facts
        {
            Finding = finding,
            Now = now,
            Customer = db.QuerySingleOrDefault<CustomerFacts>(
                "SELECT customer_number AS number, status, plan, currency FROM customer WHERE customer_id = "
                    + "@CustomerId",
                new { finding.CustomerId }),
            PurchaseId = purchaseId,
            Purchase = purchaseId is null ? null : Purchase(db, purchaseId.Value, by.Mode == Mode.Shadow ? own : null),
            CaredForBy = CaredForBy(db, job, finding, own),
            GivenElsewhere = purchaseId is null ? null : db.QueryFirstOrDefault<GivenElsewhere>(
                """
                SELECT given_by AS by, refunded_at AS at FROM refund
                WHERE purchase_id = @purchaseId AND refunded_at >= @OccurredAt AND amount_minor > 0
                ORDER BY given_by = 'dispute' DESC, refunded_at LIMIT 1
                """,
                new { purchaseId, finding.OccurredAt }),
            Draw = Draw(job.Id, finding),
            Contacted = db.ExecuteScalar<bool>(
                "SELECT EXISTS (SELECT 1 FROM contact WHERE customer_id = @CustomerId AND contacted_at >= @OccurredAt)",
                new { finding.CustomerId, finding.OccurredAt }),
            HeldOutAt = earlier?.State == CaseState.HeldOut ? earlier.OpenedAt : null,
            Given = earlier is null ? 0 : Given(db, earlier),
            RecentCredits = RecentCredits(db, job, finding.CustomerId, own, now),
            Andon = JobStops.IsAndon(db, job.Id, now),
        };
    }

    private static PurchaseFacts? Purchase(DbConnection db, PurchaseId id, CaseId? without) =>
        db.QuerySingleOrDefault<PurchaseRow>(
            """
            SELECT customer_id, kind, title, amount_minor, refunded_minor + pending_minor - (
              SELECT COALESCE(SUM(amount_minor), 0) FROM credit
              WHERE case_id = @without AND purchase_id = @id AND state NOT IN ('rejected', 'reversed')
            ) AS returned_minor, currency
            FROM purchase WHERE purchase_id = @id
            """,
            new { id, without }) is { } p
            ? new PurchaseFacts(p.CustomerId, p.Kind, p.Title, new Money(p.AmountMinor, p.Currency),
                new Money(p.ReturnedMinor, p.Currency))
            : null;

    private static CaseId? CaredForBy(DbConnection db, Job job, Finding finding, CaseId? own) =>
        db.QuerySingleOrDefault<CaseId?>(
            """
            SELECT case_id FROM entitlement
            WHERE customer_id = @CustomerId AND service_event = @ServiceEvent AND family = @family AND case_id <> @own
            """,
            new { finding.CustomerId, finding.ServiceEvent, family = FamilyOf(job), own = own?.Value ?? 0 });

    // A rejected credit gave nothing, but the decision stands: it is not decided again by the same evidence.
    private static long Given(DbConnection db, CareCase earlier) =>
        db.ExecuteScalar<long>("SELECT COALESCE(SUM(pays_minor), 0) FROM decision WHERE case_id = @Id",
            new { earlier.Id });

    private static int RecentCredits(DbConnection db, Job job, CustomerId customer, CaseId? own, Instant now) =>
        job.Limits.PerCustomer is not { } limit ? 0 : db.ExecuteScalar<int>(
            """
            SELECT COUNT(DISTINCT case_id) FROM credit
            WHERE job_id = @Id AND customer_id = @customer AND created_at > @since
              AND state NOT IN ('rejected', 'reversed')
              AND case_id <> @own
            """,
            new { job.Id, customer, since = now - limit.Within, own = own?.Value ?? 0 });

    public static string FamilyOf(Job job) => job.Pays ? "compensation" : "alert";

    // The same for a case for ever, on every machine, and even over cases.
    private static decimal Draw(JobId job, Finding finding)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{job}\n{finding.Subject}\n{finding.CustomerId}"));
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / 4_294_967_296m;
    }

    private sealed record PurchaseRow(CustomerId CustomerId, string Kind, string Title, long AmountMinor,
        long ReturnedMinor, Currency Currency);
}
