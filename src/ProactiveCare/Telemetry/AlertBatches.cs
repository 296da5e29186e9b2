using System.Text.Json;

namespace ProactiveCare.Telemetry;

/// <summary>Reads hazard alerts of the NWS API, in documents one after another or one feature a line.</summary>
internal sealed class AlertBatches : IBatchReader
{
    /// <summary>The largest accepted document, in bytes; all active alerts of the country are about 2 MiB.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>The largest single message, in bytes; published ones are far smaller.</summary>
    public const int MostOfOne = 4 << 20;

    private const int BatchMessages = 500;

    private static readonly JsonDocumentOptions NoTwice = new() { AllowDuplicateProperties = false };

    private readonly ReadOnlyMemory<byte> document;
    private readonly AlertDocuments documents;
    private readonly string source;
    private readonly FieldParsers reading;
    private long number;

    private AlertBatches(ReadOnlyMemory<byte> document, string source, Instant now)
    {
        this.document = document;
        documents = new AlertDocuments(document);
        this.source = source;
        reading = new FieldParsers(now);
    }

    public long BytesRead => documents.Position;

    public bool Ended { get; private set; }

    /// <exception cref="ImportException">The stream is too large, or contains no alerts in a known form.</exception>
    public static async Task<AlertBatches> Read(Stream stream, string source, Instant now, CancellationToken stop)
    {
        var read = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int count; (count = await stream.ReadAsync(buffer, stop)) > 0;)
        {
            read.Write(buffer, 0, count);
            if (read.Length > MaxBytes)
                throw new ImportException($"The document is larger than {MaxBytes >> 20} MiB; nothing was imported.");
        }
        ReadOnlyMemory<byte> whole = read.GetBuffer().AsMemory(0, (int)read.Length);
        if (NotText.Of(whole.Span[..Math.Min(whole.Length, 512)]) is { } what)
            throw new ImportException($"The file is {what}. Nothing was imported.");
        if (whole.Span.StartsWith("\uFEFF"u8)) whole = whole[3..];
        Require(whole);
        return new AlertBatches(whole, source, now);
    }

    // A file without a single list of features, or Feature, is of another kind.
    private static void Require(ReadOnlyMemory<byte> document)
    {
        if (document.Span.TrimStart(" \t\r\n"u8).StartsWith("<"u8))
            throw new ImportException("The file is XML (CAP or Atom), which this version does not read: give the "
                + "GeoJSON of the NWS API. Nothing was imported.");
        var (documents, problem) = (new AlertDocuments(document), "is empty, which is not valid JSON");
        for (var first = true; !documents.Found && documents.Next() is { } piece; first = false)
            if (first) problem = piece.Problem;
        if (!documents.Found)
            throw new ImportException($"The file {problem}: give the GeoJSON of the NWS API, one document after "
                + "another or one feature a line. Nothing was imported.");
    }

    public IBatch? Next()
    {
        var messages = new List<Parsed>();
        while (messages.Count < BatchMessages && !Ended)
        {
            if (documents.Next() is { } piece) messages.Add(Parse(piece));
            else Ended = true;
        }
        return messages.Count == 0 ? null : new Batch(source, messages);
    }

    private Parsed Parse(AlertPiece piece)
    {
        number++;
        var json = document[piece.From..piece.To];
        if (piece.Problem is null) return Parse(json);
        var upTo = piece.Problem == AlertDocuments.NoJson
            ? ", and nothing after it can be read up to the next document"
            : "";
        return new Parsed(number, null, [], $"it {piece.Problem}{upTo}", new ReceivedRow(json));
    }

    private Parsed Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            if (json.Length > MostOfOne) throw new FormatException($"it is larger than {MostOfOne >> 20} MiB");
            using var feature = JsonDocument.Parse(json, NoTwice);
            var message = AlertMessage.Parse(feature.RootElement, reading);
            return new Parsed(number, message, new ContentHash().Of(message.Values), null, new ReceivedRow(json));
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or JsonException)
        {
            var reason = e switch
            {
                FormatException => e.Message,
                JsonException => "it is nested too deep, or names something twice",
                _ => "it has text that is not valid Unicode",
            };
            return new Parsed(number, null, [], reason, new ReceivedRow(json));
        }
    }

    private sealed record Parsed(long Number, AlertMessage? Message, byte[] Hash, string? Reason, ReceivedRow Content);

    private sealed class Batch(string source, List<Parsed> messages) : IBatch
    {
        public string Kind => Import.Alerts;

        public bool Alone => false;

        public void Store(DbConnection db, Instant now, Tally tally)
        {
            using var rows = PlainRows.Of(db, AlertMessage.Kind, source, now, messages.Count);
            rows.Write([.. messages.Select(Row)], tally);
            foreach (var parsed in messages)
                if (parsed.Message is { } message) Refer(db, message);
        }

        public bool IsOlder(DbConnection db, Instant at) => messages.Exists(parsed => parsed.Message is { } message
            && Quarantine.IsStoredSince(db, AlertMessage.Kind, source, message.Values[0]!, at));

        private static ParsedRow Row(Parsed parsed) =>
            new(parsed.Number, parsed.Message?.Values ?? [], parsed.Hash, parsed.Reason, parsed.Content);

        private static void Refer(DbConnection db, AlertMessage message) =>
            db.Execute(
                "INSERT INTO alert_reference (earlier_id, later_id) VALUES (@earlier, @later) ON CONFLICT DO NOTHING",
                message.Earlier.Select(earlier => new { earlier, later = message.Values[0] }));
    }
}
