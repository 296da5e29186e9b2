namespace ProactiveCare.Customers;

internal sealed record IncomingRefund(
    string RefundId,
    string PurchaseId,
    string CustomerId,
    long AmountMinor,
    string Currency,
    long RefundedAt,
    string GivenBy,
    byte[] ContentHash)
{
    public Money Amount => new(AmountMinor, ProactiveCare.Currency.Of(Currency));
}

/// <summary>Stores refunds by others; each is counted on its purchase once, whichever arrives first.</summary>
internal static class Refunds
{
    public static Receipt Receive(DbConnection db, IncomingRefund refund, Instant now)
    {
        var before = db.QuerySingleOrDefault<Stored>(
            "SELECT purchase_id, amount_minor, content_hash FROM refund WHERE refund_id = @RefundId",
            new { refund.RefundId });
        if (before is not null && before.ContentHash.AsSpan().SequenceEqual(refund.ContentHash))
            return new Receipt(Reception.Duplicate);
        var counted = before?.PurchaseId == refund.PurchaseId ? before.AmountMinor : 0;
        if (Paid.Of(db, refund.PurchaseId) is { } paid && Contradiction(refund, paid, counted) is { } reason)
            return new Receipt(Reception.Refused, "this refund is not taken: " + reason);
        if (before is not null) Count(db, before.PurchaseId, -before.AmountMinor);
        Count(db, refund.PurchaseId, refund.AmountMinor);
        Save(db, refund, now);
        return new Receipt(before is null ? Reception.Stored : Reception.Revised);
    }

    // "counted" is the part that an earlier revision of the same refund already counts on the purchase.
    internal static string? Contradiction(IncomingRefund refund, Paid paid, long counted)
    {
        if (refund.Amount.Currency != paid.Currency)
            return $"it is in {refund.Currency}, the purchase was paid in {paid.Currency}";
        var others = paid.RefundedMinor - counted;
        if (refund.AmountMinor + others + paid.PendingMinor <= paid.AmountMinor) return null;
        var promised = paid.PendingMinor > 0 ? $" and {new Money(paid.PendingMinor, paid.Currency)} promised" : "";
        return $"with {new Money(others, paid.Currency)} refunded already{promised}, {refund.Amount} more would exceed "
            + $"the {new Money(paid.AmountMinor, paid.Currency)} paid";
    }

    private static void Count(DbConnection db, string purchaseId, long minor) =>
        db.Execute(
            "UPDATE purchase SET refunded_minor = refunded_minor + @minor WHERE purchase_id = @purchaseId",
            new { purchaseId, minor });

    private static void Save(DbConnection db, IncomingRefund refund, Instant now)
    {
        var parameters = new DynamicParameters(refund);
        parameters.Add("now", now);
        db.Execute(
            """
            INSERT INTO refund (refund_id, purchase_id, customer_id, amount_minor, currency, refunded_at, given_by,
              content_hash, received_at)
            VALUES (@RefundId, @PurchaseId, @CustomerId, @AmountMinor, @Currency, @RefundedAt, @GivenBy,
              @ContentHash, @now)
            ON CONFLICT (refund_id) DO UPDATE
            SET purchase_id = excluded.purchase_id, customer_id = excluded.customer_id,
              amount_minor = excluded.amount_minor, currency = excluded.currency, refunded_at = excluded.refunded_at,
              given_by = excluded.given_by, content_hash = excluded.content_hash, revision = refund.revision + 1,
              received_at = excluded.received_at
            """,
            parameters);
    }

    private sealed record Stored(string PurchaseId, long AmountMinor, byte[] ContentHash);
}
