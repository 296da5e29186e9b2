namespace ProactiveCare.Customers;

internal sealed record IncomingPurchase(
    string PurchaseId,
    string CustomerId,
    string Kind,
    string Title,
    long AmountMinor,
    long? TaxMinor,
    string Currency,
    long PurchasedAt,
    string? PaymentRef,
    byte[] ContentHash)
{
    public Money Amount => new(AmountMinor, ProactiveCare.Currency.Of(Currency));
}

/// <summary>Stores purchases so that our refunds never exceed the amount paid, in whatever order they arrive.</summary>
internal static class Purchases
{
    public static Receipt Receive(DbConnection db, IncomingPurchase purchase, Instant now)
    {
        var standing = Paid.Of(db, purchase.PurchaseId);
        return standing is null ? Store(db, purchase, now) : Revise(db, purchase, standing, now);
    }

    private static Receipt Store(DbConnection db, IncomingPurchase purchase, Instant now)
    {
        db.Execute(
            """
            INSERT INTO purchase (purchase_id, customer_id, kind, title, amount_minor, tax_minor, currency,
              purchased_at, payment_ref, content_hash, received_at)
            VALUES (@PurchaseId, @CustomerId, @Kind, @Title, @AmountMinor, @TaxMinor, @Currency, @PurchasedAt,
              @PaymentRef, @ContentHash, @now)
            """,
            With(purchase, now));
        Refunds.Recount(db, purchase.PurchaseId, purchase.Currency);
        Refunds.CountTwice(db, purchase.PurchaseId, purchase.AmountMinor);
        return new Receipt(Reception.Stored);
    }

    private static Receipt Revise(DbConnection db, IncomingPurchase purchase, Paid standing, Instant now)
    {
        if (standing.ContentHash.AsSpan().SequenceEqual(purchase.ContentHash)) return new Receipt(Reception.Duplicate);
        if (standing.CustomerId != purchase.CustomerId)
            return Refuse(
                $"it was made by customer {HarmlessText.Shown(standing.CustomerId)}, and a revision does not make it "
                + $"customer {HarmlessText.Shown(purchase.CustomerId)}'s");
        var given = new Money(standing.RefundedMinor + standing.PendingMinor, standing.Currency);
        if (given.Minor > 0 && purchase.Amount.Currency != given.Currency)
            return Refuse(
                $"{given} of it is refunded or promised already, so its currency cannot become {purchase.Currency}");
        if (given.Minor > 0 && given > purchase.Amount)
            return Refuse(
                $"{given} of it is refunded or promised already, more than the new amount of {purchase.Amount}");
        db.Execute(
            """
            UPDATE purchase SET kind = @Kind, title = @Title, amount_minor = @AmountMinor,
              tax_minor = @TaxMinor, currency = @Currency, purchased_at = @PurchasedAt, payment_ref = @PaymentRef,
              content_hash = @ContentHash, revision = revision + 1, received_at = @now
            WHERE purchase_id = @PurchaseId
            """,
            With(purchase, now));
        if (purchase.Currency != standing.Currency.Code) Refunds.Recount(db, purchase.PurchaseId, purchase.Currency);
        return new Receipt(Reception.Revised);
    }

    private static DynamicParameters With(IncomingPurchase purchase, Instant now)
    {
        var parameters = new DynamicParameters(purchase);
        parameters.Add("now", now);
        return parameters;
    }

    private static Receipt Refuse(string reason) => new(Reception.Refused, "this purchase is not taken: " + reason);
}

/// <summary>The amount paid for a purchase, and the amounts refunded and promised.</summary>
internal sealed record Paid(
    string CustomerId, byte[] ContentHash, long AmountMinor, Currency Currency, long RefundedMinor, long PendingMinor)
{
    public static Paid? Of(DbConnection db, string purchaseId) => db.QuerySingleOrDefault<Paid>(
        """
        SELECT customer_id, content_hash, amount_minor, currency, refunded_minor, pending_minor FROM purchase
        WHERE purchase_id = @purchaseId
        """,
        new { purchaseId });
}
