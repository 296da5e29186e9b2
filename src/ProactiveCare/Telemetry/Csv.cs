using System.Text.Unicode;

namespace ProactiveCare.Telemetry;

/// <summary>Rows of a CSV file by RFC 4180. A record with wrong quotes loses only its first line: the lines after it
/// are read as records of their own, so that one stray quote cannot swallow good rows.</summary>
internal sealed class CsvRows : RowReader
{
    private readonly int[] columns;
    private string? wrongQuotes;

    /// <param name="lines">The file.</param>
    /// <param name="kind">The columns that it may have.</param>
    /// <param name="refusal">Returns the error in the header's names; null when there is none.</param>
    /// <exception cref="ImportException">The header is refused.</exception>
    public CsvRows(LineReader lines, Kind kind, Func<Kind, List<string>, string?> refusal)
        : base(lines, kind)
    {
        var names = Header(lines).Split(',').Select(n => n.Trim().Trim('"')).ToList();
        if (refusal(kind, names) is { } wrong) throw new ImportException(wrong);
        columns = [.. names.Select(name => Find(Encoding.UTF8.GetBytes(name), 0))];
    }

    /// <summary>Whether a quoted field may continue on the next line.</summary>
    public bool Multiline { get; init; } = true;

    /// <summary>Whether the quotes of the last row are wrong.</summary>
    public bool QuotesBroken => Reason is not null && Reason == wrongQuotes;

    /// <summary>The reason why an import refuses a header.</summary>
    public static string? ImportRefusal(Kind kind, List<string> names)
    {
        var known = kind.Columns.Select(c => c.Name).ToList();
        var unknown = names.Except(known, StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            return $"Unknown {Columns(unknown)}; nothing was "
                + $"imported. The columns of {kind.Name} are: {string.Join(", ", known)}." + Guess(names, unknown);
        var twice = names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        if (twice.Count > 0) return $"The header names twice the {Columns(twice)}; nothing was imported.";
        var missing = kind.Columns.Where(c => c.Required).Select(c => c.Name).Except(names).ToList();
        return missing.Count > 0 ? $"The header lacks the {Columns(missing)}; nothing was imported." : null;
    }

    protected override string? Split()
    {
        var count = 0;
        var reason = Lines.Line.Contains((byte)'"') ? SplitQuoted(ref count) : SplitPlain(ref count);
        wrongQuotes = reason;
        if (reason is null && count != columns.Length)
            reason = $"it has {count} {(count == 1 ? "field" : "fields")}, the header has {columns.Length}";
        if (reason is not null) Lines.Retreat();
        return reason;
    }

    private string? SplitPlain(ref int count)
    {
        var rest = Lines.Line;
        var at = Mark();
        Add(rest);
        while (true)
        {
            var comma = rest.IndexOf((byte)',');
            var length = comma < 0 ? rest.Length : comma;
            if (count < columns.Length) SetField(columns[count], at, length);
            count++;
            if (comma < 0) return null;
            at += comma + 1;
            rest = rest[(comma + 1)..];
        }
    }

    private string? SplitQuoted(ref int count)
    {
        var at = 0;
        while (true)
        {
            var mark = Mark();
            var line = Lines.Line;
            if (at < line.Length && line[at] == '"')
            {
                at++;
                if (TakeQuoted(ref at) is { } reason) return reason;
                line = Lines.Line;
            }
            else
            {
                var comma = line[at..].IndexOf((byte)',');
                var field = comma < 0 ? line[at..] : line.Slice(at, comma);
                if (field.Contains((byte)'"'))
                    return $"field {count + 1} has a quote inside but does not begin with one";
                Add(field);
                at += field.Length;
            }
            if (count < columns.Length) SetField(columns[count], mark);
            count++;
            if (at == line.Length) return null;
            if (line[at] != ',') return $"field {count} goes on after its closing quote";
            at++;
        }
    }

    private string? TakeQuoted(ref int at)
    {
        while (true)
        {
            var rest = Lines.Line[at..];
            var quote = rest.IndexOf((byte)'"');
            if (quote < 0)
            {
                Add(rest);
                at += rest.Length;
                if (!Multiline || !Lines.Append()) return "a quote opens and does not close";
                continue;
            }
            Add(rest[..quote]);
            at += quote + 1;
            if (quote + 1 == rest.Length || rest[quote + 1] != '"') return null;
            Add("\""u8);
            at++;
        }
    }

    private static string Header(LineReader lines)
    {
        do
        {
            if (!lines.Next())
                throw new ImportException("The file is empty: it needs a header line that names its columns.");
        }
        while (lines.Line.Trim(" \t"u8).IsEmpty);
        if (lines.TooLong)
            throw new ImportException(
                $"The header line is longer than {LineReader.MaxLength >> 20} MiB; nothing was imported.");
        return Utf8.IsValid(lines.Line)
            ? Encoding.UTF8.GetString(lines.Line)
            : throw new ImportException("The header line is not UTF-8 text: save the file as UTF-8. "
                + "Nothing was imported.");
    }

    private static string Guess(List<string> names, List<string> unknown)
    {
        if (unknown[0].AsSpan().ContainsAny(";\t|")) return " Columns are separated by commas.";
        if (names.Exists(n => n.Contains('\r', StringComparison.Ordinal)))
            return " Lines end with LF or CR LF, not with CR alone.";
        return unknown.Count == names.Count ? " The first line must be the header." : "";
    }

    private static string Columns(List<string> names)
    {
        const int Most = 10;
        var shown = string.Join(", ", names.Take(Most).Select(n => $"'{HarmlessText.Shown(n)}'"));
        var more = names.Count > Most ? $" and {names.Count - Most} more" : "";
        return (names.Count == 1 ? "column " : "columns ") + shown + more;
    }
}

/// <summary>Writes rows of a CSV file by RFC 4180 in UTF-8; lines end with LF. The stream stays open.</summary>
/// <param name="output">The output.</param>
/// <param name="guarded">Whether a cell that would run as a formula gets a leading apostrophe.</param>
internal sealed class CsvWriter(Stream output, bool guarded = false) : IDisposable
{
    private readonly StreamWriter text = new(output, new UTF8Encoding(false), leaveOpen: true);

    public void Row(params ReadOnlySpan<string> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0) text.Write(',');
            Cell(cells[i]);
        }
        text.Write('\n');
    }

    public void Dispose() => text.Dispose();

    private void Cell(string cell)
    {
        var formula = guarded && cell is ['=' or '+' or '-' or '@' or '\t' or '\r', ..];
        if (!formula && !cell.AsSpan().ContainsAny(",\"\r\n"))
            text.Write(cell);
        else
            text.Write($"\"{(formula ? "'" : "")}{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
    }
}
