using System.Text.Json;

namespace ProactiveCare.Telemetry;

/// <summary>Some bytes of a file of alerts: one message, or something that cannot be read as one.</summary>
/// <param name="From">Its first byte.</param>
/// <param name="To">The byte after its last.</param>
/// <param name="Problem">What is wrong with it, to follow "it" or "the file"; null for a message.</param>
internal readonly record struct AlertPiece(int From, int To, string? Problem);

/// <summary>Splits JSON documents, one after another or one a line, into messages: a document is a FeatureCollection,
/// one Feature, or an array of features. Every byte that is not white space belongs to a piece or to the frame of a
/// whole document. After a break it goes on at the next object: whole messages behind it are not lost.</summary>
internal sealed class AlertDocuments(ReadOnlyMemory<byte> bytes)
{
    private enum Within
    {
        /// <summary>Between documents.</summary>
        Nothing,

        /// <summary>In an object that has not ended.</summary>
        Object,

        /// <summary>In a list of features of an object.</summary>
        Features,

        /// <summary>In an array that is a document.</summary>
        Array,
    }

    public const string NoJson = "is not valid JSON";

    private static readonly JsonReaderOptions Deep = new() { MaxDepth = int.MaxValue };

    private JsonReaderState state = new(Deep);
    private Within within;
    private int begin;
    private bool isFeature;
    private bool hasFeatures;
    private bool broke;
    private int readTwice;
    private AlertPiece? ahead;

    /// <summary>The number of bytes that are split.</summary>
    public int Position { get; private set; }

    /// <summary>Whether a list of features, or a Feature, was found.</summary>
    public bool Found { get; private set; }

    /// <summary>The next piece; null at the end. What is broken is one piece, up to the next line that begins a
    /// document.</summary>
    public AlertPiece? Next()
    {
        if ((ahead ?? Split()) is not { } piece) return null;
        ahead = null;
        while (piece.Problem == NoJson && (ahead = Split()) is { Problem: NoJson } more && !BeginsLine(more.From))
            piece = piece with { To = more.To };
        return piece;
    }

    private AlertPiece? Split()
    {
        while (true)
        {
            if (within == Within.Nothing && !Begin(out var other)) return other;
            var reader = new Utf8JsonReader(bytes.Span[Position..], isFinalBlock: true, state);
            var from = within == Within.Object && !hasFeatures ? begin : Position;
            try
            {
                if (Step(ref reader, ref from) is { } piece) return piece;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                return Broken(from, Position + (int)reader.BytesConsumed);
            }
        }
    }

    // Skips white space, and whatever is no document; false when that is a piece, or when nothing is left.
    private bool Begin(out AlertPiece? other)
    {
        var rest = bytes.Span[Position..];
        // GeoJSON text sequences separate their documents by 0x1E.
        Position = bytes.Length - rest.TrimStart(" \t\r\n\x1E"u8).Length;
        broke &= !BeginsLine(Position);
        (begin, isFeature, hasFeatures, state, other) = (Position, false, false, new(Deep), null);
        if (Position == bytes.Length) return false;
        within = bytes.Span[Position] switch
        {
            (byte)'{' => Within.Object,
            (byte)'[' when !broke => Within.Array,
            _ => Within.Nothing,
        };
        if (within == Within.Nothing)
        {
            Position = NextObject(Position + 1);
            other = new(begin, Position, NoJson);
            return false;
        }
        Found |= within == Within.Array;
        var reader = new Utf8JsonReader(bytes.Span[Position..], isFinalBlock: true, state);
        reader.Read();
        Leave(reader);
        return true;
    }

    private AlertPiece? Step(ref Utf8JsonReader reader, ref int from)
    {
        reader.Read();
        if (within == Within.Object) return Property(ref reader);
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            within = within == Within.Array ? Within.Nothing : Within.Object;
            Leave(reader);
            return null;
        }
        from = Position + (int)reader.TokenStartIndex;
        reader.Skip();
        Leave(reader);
        return new(from, Position, null);
    }

    private AlertPiece? Property(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            within = Within.Nothing;
            Leave(reader);
            Found |= isFeature;
            if (isFeature) return new(begin, Position, null);
            if (hasFeatures) return null;
            // An object within something broken is a part of it.
            return new(begin, Position, broke && !BeginsLine(begin) ? NoJson : "holds no GeoJSON features");
        }
        var isList = reader.ValueTextEquals("features"u8);
        var isType = reader.ValueTextEquals("type"u8);
        reader.Read();
        isFeature |= isType && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("Feature"u8);
        if (isList && !isFeature && reader.TokenType == JsonTokenType.StartArray)
        {
            (within, hasFeatures, Found) = (Within.Features, true, true);
        }
        else
        {
            reader.Skip();
        }
        Leave(reader);
        return null;
    }

    // What was read beyond the next object is read again, but not too often: the work stays proportional to the size
    // whatever the bytes are.
    private AlertPiece Broken(int from, int failed)
    {
        var next = NextObject(from + 1);
        if (next < failed && (readTwice += failed - next) > bytes.Length) next = NextObject(failed);
        (within, broke, Position) = (Within.Nothing, true, next);
        return new(from, next, NoJson);
    }

    private int NextObject(int from)
    {
        for (var at = from; at < bytes.Length; at++)
        {
            var next = bytes.Span[at..].IndexOfAny("{["u8);
            if (next < 0) break;
            at += next;
            if (bytes.Span[at] == '{' || BeginsLine(at)) return at;
        }
        return bytes.Length;
    }

    private bool BeginsLine(int at) => at == 0 || bytes.Span[at - 1] is (byte)'\n' or (byte)'\r' or 0x1E;

    private void Leave(Utf8JsonReader reader)
    {
        Position += (int)reader.BytesConsumed;
        state = reader.CurrentState;
    }
}
