using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>Reads the rows of a CSV or NDJSON file into batches, each value checked and in its stored form.</summary>
internal sealed class RowBatches : IBatchReader
{
    private static readonly string[] NdjsonEndings = [".ndjson", ".jsonl", ".json"];
    private static readonly string[] NoValue = ["null", "none", "nan", "n/a", "na", "\\n", "-"];

    // A batch is held in memory, so it is limited by rows and by bytes.
    private const int MostBytes = 16 << 20;

    private const int ChunkBytes = 1 << 16;

    private readonly Kind kind;
    private readonly ImportRequest request;
    private readonly List<ValueCache> columns;
    private readonly object?[] others;
    private readonly RowReader rows;
    private readonly ContentHash hash = new();
    private (byte[] Bytes, int Used) chunk = ([], 0);

    public RowBatches(Stream stream, ImportRequest request, Kind kind, Instant now)
    {
        this.kind = kind;
        this.request = request;
        var reading = new FieldParsers(now) { Statuses = request.Statuses };
        columns = [.. kind.Inputs.Select(column => new ValueCache(column, reading))];
        others = new object?[Math.Max(0, kind.Inputs.Count - kind.Columns.Count)];
        var lines = new LineReader(stream);
        var objects = IsNdjson(lines, request.FileName) || request.Posted;
        rows = objects ? new NdjsonRows(lines, kind) : new CsvRows(lines, kind, CsvRows.ImportRefusal);
    }

    public long BytesRead => rows.Lines.BytesRead;

    public bool Ended { get; private set; }

    public IBatch? Next()
    {
        var batch = new Batch(kind, request);
        var most = BytesRead + MostBytes;
        while (batch.Rows.Count < Import.BatchRows && BytesRead < most && !Ended)
        {
            if (rows.Read()) batch.Add(Parse(out var leftOut), leftOut);
            else Ended = true;
        }
        return batch.Rows.Count == 0 ? null : batch;
    }

    private ParsedRow Parse(out string? leftOut)
    {
        var values = new object?[kind.Columns.Count];
        leftOut = null;
        var reason = rows.Reason ?? Fill(values, ref leftOut) ?? kind.Complete(values, others) ?? kind.Check(values);
        if (reason is not null) leftOut = null;
        else if (kind.Columns[^1].IsLeftOut) values[^1] = leftOut;
        return new ParsedRow(
            rows.Lines.Number, values, reason is null ? hash.Of(values) : [], reason,
            new ReceivedRow(Keep(rows.Content), rows.Header, !rows.Lines.TooLong));
    }

    private string? Fill(object?[] values, ref string? leftOut)
    {
        Array.Clear(others);
        for (var i = 0; i < columns.Count; i++)
        {
            var column = kind.Inputs[i];
            var field = rows[i];
            if (!field.IsEmpty && (field[0] <= ' ' || field[^1] <= ' ')) field = field.Trim(" \t"u8);
            if (field.IsEmpty)
            {
                if (column.Required && IsMissing(column)) return $"{column.Name} is empty";
                continue;
            }
            var value = columns[i].Read(field);
            if (value is FieldError bad)
            {
                if (!column.Required && IsNone(field)) continue;
                if (!column.Soft) return $"{column.Name} {bad.Reason}";
                leftOut = (leftOut is null ? "" : leftOut + "; ") + $"{column.Name} {bad.Reason}";
            }
            else if (i < values.Length) values[i] = value;
            else others[i - values.Length] = value;
        }
        return null;
    }

    private bool IsMissing(Column column)
    {
        for (var i = 0; i < kind.Inputs.Count; i++)
            if (kind.Inputs[i].Name == column.Instead) return rows[i].IsEmpty;
        return true;
    }

    // As programs and databases write that there is no value; asked of a value that its column cannot have.
    private static bool IsNone(ReadOnlySpan<byte> field) =>
        field.Length <= 4 && NoValue.Contains(Encoding.UTF8.GetString(field), StringComparer.OrdinalIgnoreCase);

    // The reader reuses its bytes, and a row that the writer sets aside is kept as it came.
    private ReadOnlyMemory<byte> Keep(ReadOnlySpan<byte> row)
    {
        if (chunk.Bytes.Length - chunk.Used < row.Length) chunk = (new byte[Math.Max(ChunkBytes, row.Length)], 0);
        var kept = chunk.Bytes.AsMemory(chunk.Used, row.Length);
        row.CopyTo(kept.Span);
        chunk.Used += row.Length;
        return kept;
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

    private sealed class Batch(Kind kind, ImportRequest request) : IBatch
    {
        private readonly List<QuarantinedLine> leftOut = [];

        public List<ParsedRow> Rows { get; } = [];

        public string Kind => kind.Name;

        // Refunds and purchases read each other before they write.
        public bool Alone => kind.Writer is not null;

        public void Add(ParsedRow row, string? without)
        {
            Rows.Add(row);
            if (without is not null) leftOut.Add(new QuarantinedLine(row.Line, without, row.Content.Shown));
        }

        public void Store(DbConnection db, Instant now, Tally tally)
        {
            using var writer = kind.Writer?.Invoke(db, request, now, Rows.Count)
                ?? PlainRows.Of(db, kind, request.Source, now, Rows.Count);
            writer.Write(Rows, tally);
            tally.LeftOut.AddRange(leftOut);
        }

        public bool IsOlder(DbConnection db, Instant at) =>
            Rows.Exists(row => row.Reason is null
                && Quarantine.IsStoredSince(db, kind, request.Source, row.Values[0]!, at));
    }
}
