using System.Text.Json;

namespace ProactiveCare.Telemetry;

/// <summary>Reads hazard alerts of the NWS API: a FeatureCollection, one Feature, or an array of features.</summary>
internal sealed class AlertBatches : IBatchReader
{
    /// <summary>The largest accepted document, in bytes; all active alerts of the country are about 2 MiB.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>The largest single message, in bytes; published ones are far smaller.</summary>
    public const int MostOfOne = 4 << 20;

    private const int BatchMessages = 500;

    private static readonly JsonDocumentOptions NoTwice = new() { AllowDuplicateProperties = false };

    private readonly byte[] document;
    private readonly int length;
    private readonly string source;
    private readonly FieldParsers reading;
    private JsonReaderState state = new(new JsonReaderOptions { MaxDepth = MaxBytes });
    private int consumed;
    private long number;
    private bool single;

    private AlertBatches(MemoryStream read, string source, Instant now)
    {
        document = read.GetBuffer();
        length = (int)read.Length;
        consumed = document.AsSpan(0, length).StartsWith("\uFEFF"u8) ? 3 : 0;
        this.source = source;
        reading = new FieldParsers(now);
    }

    public long BytesRead => consumed;

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
        var batches = new AlertBatches(read, source, now);
        var begin = batches.document.AsSpan(0, Math.Min(batches.length, 512));
        if (NotText.Of(begin) is { } what) throw new ImportException($"The file is {what}. Nothing was imported.");
        if (begin[batches.consumed..].TrimStart(" \t\r\n"u8).StartsWith("<"u8))
            throw new ImportException("The file is XML (CAP or Atom), which this version does not read: give the "
                + "GeoJSON of the NWS API. Nothing was imported.");
        try
        {
            batches.Enter();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ImportException($"The file is not valid JSON ({e.Message}); nothing was imported.");
        }
        return batches;
    }

    public IBatch? Next()
    {
        var messages = new List<Parsed>();
        while (messages.Count < BatchMessages && !Ended)
        {
            if (Message() is { } message) messages.Add(message);
        }
        return messages.Count == 0 ? null : new Batch(source, messages);
    }

    // Leaves the reader at the first feature.
    private void Enter()
    {
        var reader = Reader();
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            var from = consumed;
            var before = state;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName
                && !reader.ValueTextEquals("features"u8))
            {
                reader.Read();
                single |= reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("Feature"u8);
                reader.Skip();
            }
            if (reader.TokenType == JsonTokenType.PropertyName) reader.Read();
            else if (!single) throw new ImportException("The file holds no GeoJSON features; nothing was imported.");
            if (single)
            {
                (consumed, state) = (from, before);
                return;
            }
        }
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new ImportException("The file holds no list of GeoJSON features; nothing was imported.");
        Leave(reader);
    }

    private Parsed? Message()
    {
        number++;
        var from = consumed;
        try
        {
            var reader = Reader();
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                Ended = true;
                return null;
            }
            from += (int)reader.TokenStartIndex;
            reader.Skip();
            Leave(reader);
            Ended = single;
            return Parse(document.AsMemory(from, consumed - from));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            Ended = true;
            const string Broken = "the document is broken here, and nothing after it can be read";
            return new Parsed(number, null, [], Broken, new ReceivedRow(document.AsMemory(from, length - from)));
        }
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

    private Utf8JsonReader Reader() => new(document.AsSpan(consumed, length - consumed), isFinalBlock: true, state);

    private void Leave(Utf8JsonReader reader)
    {
        consumed += (int)reader.BytesConsumed;
        state = reader.CurrentState;
    }

    private sealed record Parsed(long Number, AlertMessage? Message, byte[] Hash, string? Reason, ReceivedRow Content);

    private sealed class Batch(string source, List<Parsed> messages) : IBatch
    {
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
