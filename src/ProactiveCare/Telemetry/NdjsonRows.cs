using System.Text.Json;

namespace ProactiveCare.Telemetry;

/// <summary>Rows of a file with one JSON object per line. An unknown name in the first object refuses the file, in
/// later ones the row.</summary>
internal sealed class NdjsonRows(LineReader lines, Kind kind) : RowReader(lines, kind)
{
    private bool begun;
    private int begin;

    protected override string? Split()
    {
        try
        {
            return SplitObject();
        }
        catch (JsonException e)
        {
            return $"it is not valid JSON (at byte {e.BytePositionInLine + 1})";
        }
        catch (InvalidOperationException)
        {
            return "it has text that is not valid Unicode";
        }
        finally
        {
            begun = true;
        }
    }

    private string? SplitObject()
    {
        var reader = new Utf8JsonReader(Json());
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return "it is no JSON object";
        for (var guess = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; guess++)
        {
            var column = reader.ValueIsEscaped
                ? Find(Encoding.UTF8.GetBytes(reader.GetString()!), guess)
                : Find(reader.ValueSpan, guess);
            if (column < 0) return Unknown(HarmlessText.Shown(reader.GetString()!));
            if (Has(column)) return $"it names {Kind.Inputs[column].Name} twice";
            reader.Read();
            if (Take(ref reader, column) is { } reason) return reason;
        }
        return reader.Read() ? "it goes on after the JSON object" : null;
    }

    // Files that were joined have marks inside, and an array that was cut into lines has commas.
    private ReadOnlySpan<byte> Json()
    {
        begin = Lines.Line.StartsWith("\uFEFF"u8) ? 3 : 0;
        var json = Lines.Line[begin..].TrimEnd(" \t"u8);
        return json.EndsWith("},"u8) ? json[..^1] : json;
    }

    private string? Take(ref Utf8JsonReader reader, int column)
    {
        var mark = Mark();
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                Add(reader.CopyString(Room(reader.ValueSpan.Length)));
                break;
            case JsonTokenType.StartObject or JsonTokenType.StartArray when !Kind.Inputs[column].Json:
                return $"{Kind.Inputs[column].Name} is not a plain value";
            default:
                var from = (int)reader.TokenStartIndex;
                reader.Skip();
                Add(Lines.Line[begin..][from..(int)reader.BytesConsumed]);
                break;
        }
        SetField(column, mark);
        return null;
    }

    private string Unknown(string name)
    {
        var known = string.Join(", ", Kind.Inputs.Select(c => c.Name));
        return begun
            ? $"it has the unknown name '{name}'"
            : throw new ImportException($"Unknown name '{name}' in line {Lines.Number}; nothing was imported. "
                + $"The names of {Kind.Name} are: {known}.");
    }
}
