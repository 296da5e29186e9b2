using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using static ProactiveCare.HarmlessText;

namespace ProactiveCare.Jobs.Reading;

/// <summary>A value in a YAML file and the line that it begins on.</summary>
internal abstract record YamlValue(int Line);

/// <summary>A scalar; start and length are those of its source text, quotes included.</summary>
internal sealed record YamlText(int Line, string Text, bool Plain, int Start, int Length) : YamlValue(Line)
{
    public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record YamlList(int Line, List<YamlValue> Items) : YamlValue(Line);

internal sealed record YamlMap(int Line, List<(YamlText Key, YamlValue Value)> Entries) : YamlValue(Line);

/// <summary>A value whose problem is reported already.</summary>
internal sealed record YamlRefused(int Line) : YamlValue(Line);

/// <summary>Reads YAML strictly. Size, depth, anchors, aliases, tags and documents are checked on the event stream: the
/// library's own deserialiser overflows the stack on deep nesting and silently accepts duplicate keys.</summary>
internal static class YamlTree
{
    public const int LargestSize = 1 << 20;
    public const int Deepest = 32;

    /// <summary>The file's top mapping, with problems added; null, and a problem, when it has none.</summary>
    public static YamlMap? Read(byte[] bytes, Problems problems)
    {
        if (bytes.Length > LargestSize)
            return Refuse(problems, 0, $"is {bytes.Length:N0} bytes; at most {LargestSize:N0} (1 MiB) are read.");
        if (Decode(bytes) is not { } text)
            return Refuse(problems, 0, "is not UTF-8 text; save it as UTF-8.");
        // The library takes NUL for the end of the file.
        if (text.Contains('\0', StringComparison.Ordinal))
            return Refuse(problems, 0, "has a NUL character; take it out.");
        try
        {
            return Document(new Parser(new StringReader(text)), problems);
        }
        catch (YamlException e)
        {
            return Refuse(problems, (int)e.Start.Line, $"is not YAML: {Shown(e.Message.TrimEnd('.'))}.");
        }
        catch (InvalidOperationException)
        {
            // The library throws this where a bracket is left open and the next line begins a key.
            return Refuse(problems, 0, "is not YAML: a bracket or brace is not closed.");
        }
    }

    /// <summary>The text without a byte-order mark; null when it is not UTF-8.</summary>
    public static string? Decode(byte[] bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static YamlMap? Refuse(Problems problems, int line, string message)
    {
        problems.Add(line, "", message);
        return null;
    }

    private static YamlMap? Document(Parser parser, Problems problems)
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out _))
            return Refuse(problems, 0, "is empty.");
        parser.Consume<DocumentStart>();
        // A value nested too deep leaves the stream inside it; the rest cannot be parsed.
        if (Value(parser, problems, 1) is not { } root)
            return null;
        parser.Consume<DocumentEnd>();
        if (parser.Accept<DocumentStart>(out var second))
            problems.Add((int)second.Start.Line, "", "holds more than one document; keep one, without '---' after it.");
        return root as YamlMap ?? Refuse(problems, root.Line, "must be keys with values, such as 'key: value'.");
    }

    private static YamlValue? Value(Parser parser, Problems problems, int depth)
    {
        var at = parser.Consume<ParsingEvent>();
        var line = (int)at.Start.Line;
        if (depth > Deepest)
            return Refuse(problems, line, $"is nested more than {Deepest} deep.");
        if (at is AnchorAlias alias)
        {
            problems.Add(
                line, "",
                $"'*{Shown(alias.Value.Value)}' is an alias; write the value out, aliases are not allowed.");
            return new YamlRefused(line);
        }

        if (at is NodeEvent { Anchor.IsEmpty: false } anchored)
            problems.Add(line, "", $"'&{Shown(anchored.Anchor.Value)}' is an anchor; anchors are not allowed.");
        if (at is NodeEvent { Tag.IsEmpty: false } tagged)
            problems.Add(
                line, "",
                $"'{Shown(tagged.Tag.ToString()!)}' is a tag; write the plain value, tags are not allowed.");
        return at switch
        {
            Scalar s => new YamlText(
                line, s.Value, s.Style == ScalarStyle.Plain, (int)s.Start.Index, (int)(s.End.Index - s.Start.Index)),
            SequenceStart => List(parser, problems, line, depth),
            MappingStart => Map(parser, problems, line, depth),
            _ => Refuse(problems, line, "is not a value that can be read here."),
        };
    }

    private static YamlList? List(Parser parser, Problems problems, int line, int depth)
    {
        var items = new List<YamlValue>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            if (Value(parser, problems, depth + 1) is not { } item)
                return null;
            items.Add(item);
        }

        return new YamlList(line, items);
    }

    private static YamlMap? Map(Parser parser, Problems problems, int line, int depth)
    {
        var entries = new List<(YamlText, YamlValue)>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = Value(parser, problems, depth + 1);
            if (key is null || Value(parser, problems, depth + 1) is not { } value)
                return null;
            if (key is not YamlText name)
                problems.Add(key.Line, "", "has a list or mapping as a key; a key is a word.");
            else if (lines.TryAdd(name.Text, name.Line))
                entries.Add((name, value));
            else
                problems.Add(name.Line, name.Text, $"stands twice; it is already given on line {lines[name.Text]}.");
        }

        return new YamlMap(line, entries);
    }
}
