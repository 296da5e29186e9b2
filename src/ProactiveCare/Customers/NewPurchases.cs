using ProactiveCare.Storage;

namespace ProactiveCare.Customers;

/// <summary>Inserts purchases that are new: neither they nor a refund of them is stored.</summary>
internal sealed class NewPurchases : IDisposable
{
    private const int Hash = 10;
    private readonly Statement insert;

    public NewPurchases(DbConnection db, Instant now)
    {
        insert = Statement.Of(
            db,
            """
            INSERT INTO purchase (purchase_id, customer_id, kind, title, amount_minor, tax_minor, currency,
              purchased_at, payment_ref, content_hash, received_at)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
            WHERE NOT EXISTS (SELECT 1 FROM refund WHERE purchase_id = ?1)
            ON CONFLICT (purchase_id) DO NOTHING
            """);
        insert.Bind(Hash + 1, now.ToUnixTimeMilliseconds());
    }

    /// <summary>Inserts the first row of every new purchase in a table, and returns their ids.</summary>
    public static string FromStaging(string table) => $"""
        INSERT INTO purchase (purchase_id, customer_id, kind, title, amount_minor, tax_minor, currency,
          purchased_at, payment_ref, content_hash, received_at)
        SELECT purchase_id, customer_id, kind, title, amount_minor, tax_minor, currency,
          purchased_at, payment_ref, content_hash, CAST(?1 AS BIGINT)
        FROM {table} AS staged
        WHERE pass = 1 AND NOT EXISTS (SELECT 1 FROM refund WHERE refund.purchase_id = staged.purchase_id)
        ORDER BY line
        ON CONFLICT (purchase_id) DO NOTHING
        RETURNING purchase_id
        """;

    /// <summary>Stores a purchase, its values in the order of <see cref="IncomingPurchase"/>.</summary>
    /// <returns>False, with nothing stored, when the purchase or a refund of it is known.</returns>
    public bool TryStore(IReadOnlyList<object?> values, byte[] hash)
    {
        for (var i = 0; i < Hash - 1; i++) insert.Bind(i + 1, values[i]);
        insert.Bind(Hash, hash);
        return insert.Execute() > 0;
    }

    public void Dispose() => insert.Dispose();
}

/// <summary>The outcome of a received row.</summary>
public enum Reception
{
    /// <summary>Its id was not known.</summary>
    Stored,

    /// <summary>Its id was known with other content.</summary>
    Revised,

    /// <summary>Its id was known with the same content.</summary>
    Duplicate,

    /// <summary>It contradicts stored data.</summary>
    Refused,
}

/// <summary>The outcome of a received row, and for a refused one the reason, in words for its sender.</summary>
public readonly record struct Receipt(Reception Reception, string? Reason = null);
