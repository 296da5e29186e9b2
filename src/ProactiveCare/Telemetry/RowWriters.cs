using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>Rows with storage rules of their own.</summary>
internal sealed class DecidedRows(Func<ParsedRow, Receipt> receive) : RowByRow
{
    public override void Dispose()
    {
    }

    protected override Receipt Write(ParsedRow row) => receive(row);
}

/// <summary>Purchases: nearly all are new, and need one prepared statement only.</summary>
internal sealed class PurchaseRows(DbConnection db, Instant now, Func<ParsedRow, IncomingPurchase> purchase)
    : RowByRow
{
    private readonly NewPurchases news = new(db, now);

    public override void Dispose() => news.Dispose();

    protected override Receipt Write(ParsedRow row) =>
        news.TryStore(row.Values, row.Hash)
            ? new Receipt(Reception.Stored)
            : Purchases.Receive(db, purchase(row), now);
}

/// <summary>Very many purchases on PostgreSQL: new ones are copied, the others follow one by one.</summary>
internal sealed class CopiedPurchases(
    DbConnection db, Kind kind, Instant now, Func<ParsedRow, IncomingPurchase> purchase) : RowByRow
{
    private HashSet<string> news = [];

    public override void Write(IReadOnlyList<ParsedRow> rows, Tally tally)
    {
        Staging.Fill(db, kind, rows);
        news = new(
            db.All(NewPurchases.FromStaging(Staging.Table(kind)), row => row.Text(0), now), StringComparer.Ordinal);
        base.Write(rows, tally);
    }

    public override void Dispose()
    {
    }

    // A purchase repeated within the batch is not new the second time.
    protected override Receipt Write(ParsedRow row) =>
        news.Remove((string)row.Values[0]!)
            ? new Receipt(Reception.Stored)
            : Purchases.Receive(db, purchase(row), now);
}

/// <summary>Rows stored unchanged, with one prepared insert; only a known id costs a second statement, which
/// distinguishes a revision from a duplicate. Telemetry gets its arrival numbers here, within the exclusive transaction
/// of the batch.</summary>
internal sealed class PlainRows : RowByRow
{
    private readonly int hash;
    private readonly Statement insert;
    private readonly object?[] inserted;
    private readonly Statement revise;
    private readonly object?[] revised;
    private readonly Moved? moved;
    private readonly ArrivalNumbers? arrivals;

    private PlainRows(DbConnection db, Kind kind, string source, Instant now)
    {
        arrivals = kind.Numbered ? new ArrivalNumbers(db) : null;
        moved = kind.KeepsCustomer ? new Moved(db, kind, source) : null;
        string[] keyed = kind.Numbered ? ["source", "arrival"] : [];
        string[] columns = [.. kind.Columns.Select(c => c.Stored), "content_hash", "received_at", .. keyed];
        var numbered = columns.Select((column, i) => (Column: column, Parameter: $"?{i + 1}")).ToList();
        var key = kind.Numbered ? new[] { columns[0], "source" } : [columns[0]];
        var known = numbered.Where(n => key.Contains(n.Column)).Select(n => $"{n.Column} = {n.Parameter}");
        hash = kind.Columns.Count + 1;
        (inserted, revised) = (new object?[kind.Columns.Count], new object?[kind.Columns.Count]);
        insert = Statement.Of(
            db,
            $"""
            INSERT INTO {kind.Table} ({string.Join(", ", columns)})
            VALUES ({string.Join(", ", numbered.Select(n => n.Parameter))})
            ON CONFLICT ({string.Join(", ", key)}) DO NOTHING
            """);
        revise = Statement.Of(
            db,
            $"""
            UPDATE {kind.Table}
            SET {string.Join(", ", numbered.Select(n => $"{n.Column} = {n.Parameter}"))}, revision = revision + 1
            WHERE {string.Join(" AND ", known)} AND content_hash <> ?{hash}
            """);
        foreach (var statement in new[] { insert, revise })
        {
            statement.Bind(hash + 1, now.ToUnixTimeMilliseconds());
            if (kind.Numbered) statement.Bind(hash + 2, source);
        }
    }

    /// <summary>The writer for a batch of this size.</summary>
    public static IRowWriter Of(DbConnection db, Kind kind, string source, Instant now, int count) =>
        BulkCopy.Serves(db)
            ? SharedRows.Of(db, kind, source, now, count)
            : new PlainRows(db, kind, source, now);

    public override void Write(IReadOnlyList<ParsedRow> rows, Tally tally)
    {
        base.Write(rows, tally);
        tally.Numbered = arrivals?.Taken ?? 0;
    }

    public override void Dispose()
    {
        insert.Dispose();
        revise.Dispose();
        moved?.Dispose();
        arrivals?.Save();
    }

    protected override Receipt Write(ParsedRow row)
    {
        if (Execute(insert, inserted, row)) return new Receipt(Reception.Stored);
        if (moved?.Reason(row) is { } reason) return new Receipt(Reception.Refused, reason);
        return new Receipt(Execute(revise, revised, row) ? Reception.Revised : Reception.Duplicate);
    }

    // A value that is already bound, as the same object, stays bound.
    private bool Execute(Statement statement, object?[] bound, ParsedRow row)
    {
        for (var i = 0; i < bound.Length; i++)
            if (!ReferenceEquals(bound[i], row.Values[i])) statement.Bind(i + 1, bound[i] = row.Values[i]);
        statement.Bind(hash, row.Hash);
        if (arrivals is not null) statement.Bind(hash + 3, arrivals.Next);
        var stored = statement.Execute() > 0;
        if (stored) arrivals?.Take();
        return stored;
    }
}

/// <summary>Detects rows of telemetry that would make a stored row another customer's: money follows the customer, and
/// what was decided for one would be decided again for the other.</summary>
internal sealed class Moved : IDisposable
{
    private readonly int customer;
    private readonly Statement other;

    public Moved(DbConnection db, Kind kind, string source)
    {
        customer = kind.Place("customer_id");
        other = Statement.Of(
            db,
            $"""
            SELECT customer_id FROM {kind.Table}
            WHERE {kind.Columns[0].Stored} = ?1 AND source = ?2 AND customer_id <> ?3
            """);
        other.Bind(2, source);
    }

    /// <summary>Why the row is set aside, given the id of the customer of the stored row.</summary>
    public static string Because(string kept, object? given) =>
        $"it is stored as customer {HarmlessText.Shown(kept)}'s, and a revision does not make it customer "
        + $"{HarmlessText.Shown((string)given!)}'s: give that one's row an id of its own";

    /// <summary>Why the row is set aside; null when it belongs to the customer of the stored row.</summary>
    public string? Reason(ParsedRow row)
    {
        other.Bind(1, row.Values[0]);
        other.Bind(3, row.Values[customer]);
        return other.First(found => found.Text(0)) is { } kept ? Because(kept, row.Values[customer]) : null;
    }

    public void Dispose() => other.Dispose();
}
