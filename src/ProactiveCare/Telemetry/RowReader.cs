using System.Text.Unicode;

namespace ProactiveCare.Telemetry;

/// <summary>Reads rows of named fields; an unreadable row has a reason instead of fields.</summary>
internal abstract class RowReader(LineReader lines, Kind kind)
{
    private const int KeptContent = 500;

    private readonly (int Start, int Length)[] fields = new (int, int)[kind.Columns.Count];
    private byte[] text = new byte[4096];
    private int used;

    public LineReader Lines { get; } = lines;

    /// <summary>The reason why the row is unreadable.</summary>
    public string? Reason { get; private set; }

    protected Kind Kind { get; } = kind;

    /// <summary>A field's bytes, UTF-8; empty when it is absent or empty. Valid until the next row.</summary>
    public ReadOnlySpan<byte> this[int column] => text.AsSpan(fields[column].Start, fields[column].Length);

    /// <summary>The beginning of the row as received, for people.</summary>
    public string Content
    {
        get
        {
            var line = Lines.Line;
            return Encoding.UTF8.GetString(line.Length > KeptContent ? line[..KeptContent] : line)
                .Replace('\0', '\uFFFD');
        }
    }

    /// <summary>Advances to the next row, good or bad; empty lines are no rows.</summary>
    public bool Read()
    {
        do
        {
            if (!Lines.Next()) return false;
        }
        while (Lines.Line.Trim(" \t"u8).IsEmpty);
        used = 0;
        Array.Clear(fields);
        Reason = Lines.TooLong
            ? $"the line is longer than {LineReader.MaxLength >> 20} MiB"
            : Unreadable(Lines.Line) ?? Split() ?? Unreadable(Lines.Line[Lines.FirstLine.Length..]) ?? Unescaped();
        return true;
    }

    /// <summary>A column's index; -1 when there is none of that name.</summary>
    protected int Find(ReadOnlySpan<byte> name, int guess)
    {
        if (guess < Kind.Names.Count && name.SequenceEqual(Kind.Names[guess])) return guess;
        for (var i = 0; i < Kind.Names.Count; i++)
        {
            if (name.SequenceEqual(Kind.Names[i])) return i;
        }
        return -1;
    }

    /// <summary>Splits the line into fields, and appends further lines where the format allows it.</summary>
    /// <returns>The reason of a failure.</returns>
    protected abstract string? Split();

    protected bool Has(int column) => fields[column].Start != 0 || fields[column].Length != 0;

    /// <summary>Space for further bytes.</summary>
    protected Span<byte> Room(int count)
    {
        // The first byte stays unused, so that a present empty field differs from an absent one.
        if (used == 0) used = 1;
        if (text.Length - used < count) Array.Resize(ref text, Math.Max(text.Length * 2, used + count));
        return text.AsSpan(used, count);
    }

    protected void Add(int count) => used += count;

    protected void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        used += bytes.Length;
    }

    /// <summary>The position of the next appended byte.</summary>
    protected int Mark()
    {
        Room(0);
        return used;
    }

    protected void SetField(int column, int mark) => fields[column] = (mark, used - mark);

    protected void SetField(int column, int start, int length) => fields[column] = (start, length);

    private static string? Unreadable(ReadOnlySpan<byte> line)
    {
        if (line.Contains((byte)0)) return "it contains a NUL character";
        return Utf8.IsValid(line) ? null : "it is not valid UTF-8";
    }

    // JSON can encode a NUL character as \u0000.
    private string? Unescaped() =>
        used > 1 && text.AsSpan(1, used - 1).Contains((byte)0) ? "it contains a NUL character" : null;
}
