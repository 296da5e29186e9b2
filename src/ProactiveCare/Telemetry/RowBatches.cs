using System.Data.Common;
using NodaTime;

namespace ProactiveCare.Telemetry;

/// <summary>
/// Reads the rows of a CSV or NDJSON file into batches, each value checked and in the form in which it is stored.
/// </summary>
internal sealed class RowBatches : IBatchReader
{
    private static readonly string[] NdjsonEndings = [".ndjson", ".jsonl", ".json"];

    // A batch is held in memory, so that its rows are counted and weighed.
    private const int MostBytes = 16 << 20;

    private readonly Kind kind;
    private readonly string source;
    private readonly List<ValueCache> columns;
    private readonly RowReader rows;
    private readonly ContentHash hash = new();

    public RowBatches(Stream stream, ImportRequest request, Kind kind, Instant now)
    {
        this.kind = kind;
        source = request.Source;
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
        return parsed.Count == 0 ? null : new Batch(kind, source, parsed);
    }

    private ParsedRow Parse()
    {
        var values = new object?[kind.Columns.Count];
        var reason = rows.Reason ?? Fill(values) ?? kind.Check(values);
        // A row that only the writer may refuse needs its content kept.
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

    private sealed class Batch(Kind kind, string source, List<ParsedRow> rows) : IBatch
    {
        // Refunds and purchases read each other before they write.
        public bool Alone => kind.Writer is not null;

        public void Store(DbConnection db, Instant now, Tally tally)
        {
            using var writer = kind.Writer?.Invoke(db, now, rows.Count)
                ?? PlainRows.Of(db, kind, source, now, rows.Count);
            writer.Write(rows, tally);
        }
    }
}
