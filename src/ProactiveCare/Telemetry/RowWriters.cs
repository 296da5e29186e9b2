using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>Reads the rows of a CSV or NDJSON file into batches, each value checked and in its stored form.</summary>
internal sealed class RowBatches : IBatchReader
{
    private static readonly string[] NdjsonEndings = [".ndjson", ".jsonl", ".json"];

    // A batch is held in memory, so it is limited by rows and by bytes.
    private const int MostBytes = 16 << 20;

    private readonly Kind kind;
    private readonly ImportRequest request;
    private readonly List<ValueCache> columns;
    private readonly RowReader rows;
    private readonly ContentHash hash = new();

    public RowBatches(Stream stream, ImportRequest request, Kind kind, Instant now)
    {
        this.kind = kind;
        this.request = request;
        var reading = new FieldParsers(now);
        columns = [.. kind.Columns.Select(column => new ValueCache(column, reading))];
        var lines = new LineReader(stream);
        var objects = IsNdjson(lines, request.FileName) || request.Posted;
        rows = objects ? new NdjsonRows(lines, kind) : new CsvRows(lines, kind, CsvRows.ImportRefusal);
    }

    public long BytesRead => rows.Lines.BytesRead;

    public bool Ended { get; private set; }

    public IBatch? Next()
    {
        var parsed = new List<ParsedRow>();
        var most = BytesRead + MostBytes;
        while (parsed.Count < Import.BatchRows && BytesRead < most && !Ended)
        {
            if (rows.Read()) parsed.Add(Parse());
            else Ended = true;
        }
        return parsed.Count == 0 ? null : new Batch(kind, request, parsed);
    }

    private ParsedRow Parse()
    {
        var values = new object?[kind.Columns.Count];
        var reason = rows.Reason ?? Fill(values) ?? kind.Check(values);
        // Rows that only the writer can refuse keep their content.
        var content = reason is not null || kind.Writer is not null ? rows.Content : "";
        return new ParsedRow(rows.Lines.Number, values, reason is null ? hash.Of(values) : [], reason, content);
    }

    private string? Fill(object?[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var field = rows[i];
            if (field.IsEmpty)
            {
                if (kind.Columns[i].Required) return $"{kind.Columns[i].Name} is empty";
                continue;
            }
            values[i] = columns[i].Read(field);
            if (values[i] is FieldError bad) return $"{kind.Columns[i].Name} {bad.Reason}";
        }
        return null;
    }

    private static bool IsNdjson(LineReader lines, string fileName)
    {
        var begin = lines.Peek(512);
        if (NotText.Of(begin) is { } what) throw new ImportException($"The file is {what}. Nothing was imported.");
        if (begin.StartsWith("\uFEFF"u8)) lines.Skip(3);
        var first = lines.Peek(64).TrimStart(" \t\r\n"u8);
        if (first.StartsWith("["u8))
            throw new ImportException(
                "The file is a JSON array: write one object per line (NDJSON). Nothing was imported.");
        return first.StartsWith("{"u8)
            || NdjsonEndings.Contains(Path.GetExtension(fileName), StringComparer.OrdinalIgnoreCase);
    }

    private sealed class Batch(Kind kind, ImportRequest request, List<ParsedRow> rows) : IBatch
    {
        // Refunds and purchases read each other before they write.
        public bool Alone => kind.Writer is not null;

        public void Store(DbConnection db, Instant now, Tally tally)
        {
            using var writer = kind.Writer?.Invoke(db, request, now, rows.Count)
                ?? PlainRows.Of(db, kind, request.Source, now, rows.Count);
            writer.Write(rows, tally);
        }
    }
}

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

    /// <summary>The writer for a batch of this size.</summary>
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
