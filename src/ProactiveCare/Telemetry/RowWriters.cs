using System.Data.Common;
using NodaTime;
using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>Rows whose storing follows rules of their own.</summary>
internal sealed class DecidedRows(Func<ParsedRow, Receipt> receive) : RowByRow
{
    public override void Dispose()
    {
    }

    protected override Receipt Write(ParsedRow row) => receive(row);
}

/// <summary>Purchases: nearly all are new, and then one prepared statement does.</summary>
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

/// <summary>Very many purchases on PostgreSQL: the new ones are copied, the others follow one by one.</summary>
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

    // A purchase that comes again within the batch is not new the second time.
    protected override Receipt Write(ParsedRow row) =>
        news.Remove((string)row.Values[0]!)
            ? new Receipt(Reception.Stored)
            : Purchases.Receive(db, purchase(row), now);
}

/// <summary>
/// Rows stored as they are, with one prepared insert; only a known id costs a second statement, which tells a revision
/// from a duplicate. Telemetry takes its arrival numbers here, within the transaction of the batch, which is the only
/// one of its time.
/// </summary>
internal sealed class PlainRows : RowByRow
{
    private readonly int hash;
    private readonly Statement insert;
    private readonly object?[] inserted;
    private readonly Statement revise;
    private readonly object?[] revised;
    private readonly ArrivalNumbers? arrivals;

    private PlainRows(DbConnection db, Kind kind, string source, Instant now)
    {
        arrivals = kind.Numbered ? new ArrivalNumbers(db) : null;
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

    /// <summary>The way for so many rows.</summary>
    public static IRowWriter Of(DbConnection db, Kind kind, string source, Instant now, int count) =>
        BulkCopy.Serves(db)
            ? SharedRows.Of(db, kind, source, now, count)
            : new PlainRows(db, kind, source, now);

    public override void Dispose()
    {
        insert.Dispose();
        revise.Dispose();
        arrivals?.Save();
    }

    protected override Receipt Write(ParsedRow row)
    {
        if (Execute(insert, inserted, row)) return new Receipt(Reception.Stored);
        return new Receipt(Execute(revise, revised, row) ? Reception.Revised : Reception.Duplicate);
    }

    // A value that is bound already, as the same object, stays bound.
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
