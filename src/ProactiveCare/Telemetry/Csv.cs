using System.Buffers;
using System.Text.Unicode;

namespace ProactiveCare.Telemetry;

/// <summary>Rows of a CSV file by RFC 4180; the header shows whether commas, semicolons or tabs separate the fields. A
/// record with wrong quotes loses only its first line: the lines after it are read as records of their own, so that one
/// stray quote cannot swallow good rows. Where files were joined, each header names the fields of the rows after it.
/// </summary>
internal sealed class CsvRows : RowReader
{
    private const string Nothing = " Nothing was imported.";

    private static readonly SearchValues<byte> Separators = SearchValues.Create(",;\t|"u8);

    private readonly Func<Kind, List<string>, string?> refusal;
    private readonly ulong lengths;
    private byte separator = (byte)',';
    private int[] columns = [];
    private string? header;
    private (long Line, string Reason)? wrongHeader;

    /// <param name="lines">The file.</param>
    /// <param name="kind">The columns that it may have.</param>
    /// <param name="refusal">Returns the error in the header's names; null when there is none.</param>
    /// <exception cref="ImportException">The header is refused.</exception>
    public CsvRows(LineReader lines, Kind kind, Func<Kind, List<string>, string?> refusal)
        : base(lines, kind)
    {
        this.refusal = refusal;
        foreach (var column in kind.Inputs) lengths |= 1UL << column.Name.Length;
        if (Take(FirstLine(lines)) is { } wrong) throw new ImportException(wrong);
    }

    /// <summary>Whether a quoted field may continue on the next line.</summary>
    public bool Multiline { get; init; } = true;

    public override string? Header => header;

    /// <summary>The reason why an import refuses a header.</summary>
    public static string? ImportRefusal(Kind kind, List<string> names)
    {
        var known = kind.Inputs.Select(c => c.Name).ToList();
        if (names.IndexOf("") is >= 0 and var unnamed)
            return $"Column {unnamed + 1} of the header has no name: leave it out (pandas: index=False).{Nothing}";
        var unknown = names.Except(known, StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            return $"Unknown {Columns(unknown)}; nothing was "
                + $"imported. The columns of {kind.Name} are: {string.Join(", ", known)}." + Guess(names, unknown);
        var twice = names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        if (twice.Count > 0) return $"The header names twice the {Columns(twice)}.{Nothing}";
        var missing = kind.Inputs.Where(c => c.Required && !names.Contains(c.Name)
            && (c.Instead is null || !names.Contains(c.Instead))).Select(c => c.Name).ToList();
        return missing.Count > 0 ? $"The header lacks the {Columns(missing)}.{Nothing}" : null;
    }

    protected override bool IsHeader()
    {
        if (!BeginsWithName(Lines.Line)) return false;
        var text = Encoding.UTF8.GetString(Lines.Line).TrimStart('\uFEFF');
        var (_, names) = Split(text);
        if (names.Count(name => Find(Encoding.UTF8.GetBytes(name), 0) >= 0) <= names.Count / 2) return false;
        wrongHeader = Take(text) is { } wrong ? (Lines.Number, wrong) : null;
        return wrongHeader is null;
    }

    protected override string? Split()
    {
        if (wrongHeader is { } at)
        {
            return at.Line == Lines.Number
                ? $"it is a header that cannot be used: {at.Reason.Replace(Nothing, "", StringComparison.Ordinal)}"
                : $"it follows the header in line {at.Line}, which cannot be used";
        }
        var count = 0;
        var full = 0;
        var reason = Lines.Line.Contains((byte)'"')
            ? SplitQuoted(ref count, ref full)
            : SplitPlain(ref count, ref full);
        // Some programs write a separator after the last field too.
        if (reason is null && (count < columns.Length || full > columns.Length))
            reason = $"it has {count} {(count == 1 ? "field" : "fields")}, the header has {columns.Length}";
        if (reason is not null) Lines.Retreat();
        return reason;
    }

    // "full" is the number of fields up to the last one that is not empty.
    private string? SplitPlain(ref int count, ref int full)
    {
        var rest = Lines.Line;
        var at = Mark();
        Add(rest);
        while (true)
        {
            var end = rest.IndexOf(separator);
            var length = end < 0 ? rest.Length : end;
            if (count < columns.Length) SetField(columns[count], at, length);
            count++;
            if (length > 0) full = count;
            if (end < 0) return null;
            at += end + 1;
            rest = rest[(end + 1)..];
        }
    }

    private string? SplitQuoted(ref int count, ref int full)
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
                var end = line[at..].IndexOf(separator);
                var field = end < 0 ? line[at..] : line.Slice(at, end);
                if (field.Contains((byte)'"'))
                    return $"field {count + 1} has a quote inside but does not begin with one";
                Add(field);
                at += field.Length;
            }
            if (count < columns.Length) SetField(columns[count], mark);
            count++;
            if (Mark() > mark) full = count;
            if (at == line.Length) return null;
            if (line[at] != separator) return $"field {count} goes on after its closing quote";
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

    // Asked of every line: nearly all begin with an id of another length than a column's name.
    private bool BeginsWithName(ReadOnlySpan<byte> line)
    {
        var first = line[..(line.IndexOfAny(Separators) is >= 0 and var end ? end : line.Length)];
        if (first.StartsWith("\uFEFF"u8)) first = first[3..];
        if (first.Length > 0 && first[0] is (byte)'"' or (byte)' ') first = first.Trim("\" "u8);
        return first.Length < 64 && (lengths >> first.Length & 1) != 0 && Find(first, 0) >= 0;
    }

    // Takes a header; returns its error.
    private string? Take(string text)
    {
        var (by, names) = Split(text);
        for (var i = 0; i < names.Count; i++)
        {
            if (Find(Encoding.UTF8.GetBytes(names[i]), 0) is >= 0 and var column) names[i] = Kind.Inputs[column].Name;
        }
        if (refusal(Kind, names) is { } wrong) return wrong;
        (header, separator) = (text, by);
        columns = [.. names.Select(name => Find(Encoding.UTF8.GetBytes(name), 0))];
        return null;
    }

    // The separator is the one that shows the most known columns. Empty names at the end come of a last separator.
    private (byte Separator, List<string> Names) Split(string text) => ",;\t|"
        .Select(by => ((byte)by, Names: text.Split(by).Select(name => name.Trim().Trim('"').Trim()).ToList()))
        .Select(split => (split.Item1, split.Names.GetRange(0, split.Names.FindLastIndex(name => name.Length > 0) + 1)))
        .MaxBy(split => split.Item2.Count(name => Find(Encoding.UTF8.GetBytes(name), 0) >= 0));

    // Excel announces the separator in a line of its own.
    private static string FirstLine(LineReader lines)
    {
        do
        {
            if (!lines.Next())
                throw new ImportException("The file is empty: it needs a header line that names its columns.");
        }
        while (lines.Line.Trim(" \t"u8).IsEmpty || (lines.Line.StartsWith("sep="u8) && lines.Line.Length == 5));
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
