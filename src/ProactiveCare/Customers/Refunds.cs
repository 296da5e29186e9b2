namespace ProactiveCare.Customers;

internal sealed record IncomingRefund(
    string RefundId,
    string PurchaseId,
    string CustomerId,
    long AmountMinor,
    string Currency,
    long RefundedAt,
    string GivenBy,
    string? Reference,
    string? Dispute,
    byte[] ContentHash);

/// <summary>A refund given elsewhere that was stored or revised.</summary>
/// <param name="RefundId">Its id.</param>
/// <param name="More">The amount that it counts more than before, in minor units.</param>
public sealed record RefundReceived(string RefundId, long More);

/// <summary>Stores refunds by others, whatever this product has promised; each is counted on its purchase once,
/// whichever arrives first.</summary>
internal static class Refunds
{
    /// <summary>How a dispute with the bank ended for the company; open until then.</summary>
    public static readonly IReadOnlyList<string> Disputes = ["open", "won", "lost"];

    private static readonly string[] DisputeNames = ["dispute", "chargeback"];

    /// <summary>Whether that giver is the customer's bank.</summary>
    public static bool IsDispute(string givenBy) =>
        DisputeNames.Contains(givenBy.Trim(), StringComparer.OrdinalIgnoreCase);

    public static Receipt Receive(
        DbConnection db, IncomingRefund refund, Instant now, Action<DbConnection, RefundReceived>? received)
    {
        var before = db.QuerySingleOrDefault<Stored>(
            "SELECT purchase_id, counted_minor, dispute, content_hash FROM refund WHERE refund_id = @RefundId",
            new { refund.RefundId });
        if (before is not null && before.ContentHash.AsSpan().SequenceEqual(refund.ContentHash))
            return new Receipt(Reception.Duplicate);
        // An older file that is imported again must not open it.
        if (before is { Dispute: "won" or "lost" } && refund.Dispute == "open")
            return new Receipt(Reception.Refused, $"the dispute was closed as {before.Dispute} before and does not "
                + "open again: a new dispute has a refund_id of its own");
        var paidIn = Paid.Of(db, refund.PurchaseId)?.Currency.Code ?? refund.Currency;
        var counted = refund.Dispute is null or "lost" && refund.Currency == paidIn ? refund.AmountMinor : 0;
        if (before is not null) Count(db, before.PurchaseId, -before.CountedMinor);
        Count(db, refund.PurchaseId, counted);
        Save(db, refund, counted, now);
        var earlier = before?.PurchaseId == refund.PurchaseId ? before.CountedMinor : 0;
        received?.Invoke(db, new RefundReceived(refund.RefundId, counted - earlier));
        return new Receipt(before is null ? Reception.Stored : Reception.Revised);
    }

    /// <summary>Notes what others gave back beyond the amount paid, as it becomes known.</summary>
    public static void CountTwice(DbConnection db, string purchaseId, long paid)
    {
        var given = db.Query<(string Id, long Minor)>(
            """
            SELECT refund_id, counted_minor FROM refund WHERE purchase_id = @purchaseId
            ORDER BY received_at DESC, refund_id DESC
            """,
            new { purchaseId }).ToList();
        var over = given.Sum(refund => refund.Minor) - paid;
        foreach (var (id, minor) in given.TakeWhile(_ => over > 0))
        {
            var twice = Math.Min(over, minor);
            db.Execute("UPDATE refund SET twice_minor = @twice WHERE refund_id = @id", new { id, twice });
            over -= twice;
        }
    }

    /// <summary>Counts the refunds of a purchase whose currency has become known.</summary>
    public static void Recount(DbConnection db, string purchaseId, string currency) => db.Execute(
        """
        UPDATE refund SET counted_minor = CASE
          WHEN currency = @currency AND COALESCE(dispute, 'lost') = 'lost' AND credit_id IS NULL THEN amount_minor
          ELSE 0 END
        WHERE purchase_id = @purchaseId;
        UPDATE purchase SET elsewhere_minor = (
          SELECT COALESCE(SUM(counted_minor), 0) FROM refund WHERE refund.purchase_id = @purchaseId)
        WHERE purchase_id = @purchaseId
        """,
        new { purchaseId, currency });

    /// <summary>Changes what counts as given elsewhere for a purchase.</summary>
    internal static void Count(DbConnection db, string purchaseId, long minor) =>
        db.Execute(
            "UPDATE purchase SET elsewhere_minor = elsewhere_minor + @minor WHERE purchase_id = @purchaseId",
            new { purchaseId, minor });

    private static void Save(DbConnection db, IncomingRefund refund, long counted, Instant now)
    {
        var parameters = new DynamicParameters(refund);
        parameters.Add("now", now);
        parameters.Add("counted", counted);
        db.Execute(
            """
            INSERT INTO refund (refund_id, purchase_id, customer_id, amount_minor, currency, refunded_at, given_by,
              reference, dispute, counted_minor, content_hash, received_at)
            VALUES (@RefundId, @PurchaseId, @CustomerId, @AmountMinor, @Currency, @RefundedAt, @GivenBy,
              @Reference, @Dispute, @counted, @ContentHash, @now)
            ON CONFLICT (refund_id) DO UPDATE
            SET purchase_id = excluded.purchase_id, customer_id = excluded.customer_id,
              amount_minor = excluded.amount_minor, currency = excluded.currency, refunded_at = excluded.refunded_at,
              given_by = excluded.given_by, reference = excluded.reference, dispute = excluded.dispute,
              counted_minor = excluded.counted_minor, credit_id = NULL,
              twice_minor = CASE WHEN refund.twice_minor < excluded.counted_minor THEN refund.twice_minor
                ELSE excluded.counted_minor END,
              content_hash = excluded.content_hash, revision = refund.revision + 1, received_at = excluded.received_at
            """,
            parameters);
    }

    private sealed record Stored(string PurchaseId, long CountedMinor, string? Dispute, byte[] ContentHash);
}
