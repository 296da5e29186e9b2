using System.Text.Unicode;

namespace ProactiveCare.Telemetry;

/// <summary>Reads rows of named fields; an unreadable row has a reason instead of fields.</summary>
internal abstract class RowReader(LineReader lines, Kind kind)
{
    private readonly byte[][] names = [.. kind.Inputs.Select(column => Encoding.UTF8.GetBytes(column.Name))];
    private readonly (int Start, int Length)[] fields = new (int, int)[kind.Inputs.Count];
    private byte[] text = new byte[4096];
    private int used;

    public LineReader Lines { get; } = lines;

    /// <summary>The reason why the row is unreadable.</summary>
    public string? Reason { get; private set; }

    protected Kind Kind { get; } = kind;

    /// <summary>A field's bytes, UTF-8; empty when it is absent or empty. Valid until the next row.</summary>
    public ReadOnlySpan<byte> this[int column] => text.AsSpan(fields[column].Start, fields[column].Length);

    /// <summary>The row as received; of a line that is too long, the beginning. Valid until the next row.</summary>
    public ReadOnlySpan<byte> Content => Lines.Line;

    /// <summary>The header that names the row's fields; null where each row names its own.</summary>
    public virtual string? Header => null;

    /// <summary>Advances to the next row, good or bad; empty lines and headers are no rows.</summary>
    public bool Read()
    {
        do
        {
            if (!Lines.Next()) return false;
        }
        while (Lines.Line.Trim(" \t"u8).IsEmpty || IsHeader());
        used = 0;
        Array.Clear(fields);
        Reason = Lines.TooLong
            ? $"the line is longer than {LineReader.MaxLength >> 20} MiB"
            : Unreadable(Lines.Line) ?? Split() ?? Unreadable(Lines.Line[Lines.FirstLine.Length..]) ?? Unescaped();
        return true;
    }

    /// <summary>Whether the line is a header, which then names the fields of the following rows.</summary>
    protected virtual bool IsHeader() => false;

    /// <summary>A column's index; -1 when there is none of that name. Capitals, blanks around and inside, and hyphens
    /// make no other name.</summary>
    protected int Find(ReadOnlySpan<byte> name, int guess)
    {
        if (guess < names.Length && name.SequenceEqual(names[guess])) return guess;
        for (var i = 0; i < names.Length; i++)
            if (name.SequenceEqual(names[i])) return i;
        const int Longest = 64;
        name = name.Trim(" \t"u8);
        if (name.Length > Longest) return -1;
        Span<byte> usual = stackalloc byte[name.Length];
        if (Ascii.ToLower(name, usual, out _) != System.Buffers.OperationStatus.Done) return -1;
        usual.Replace((byte)' ', (byte)'_');
        usual.Replace((byte)'-', (byte)'_');
        for (var i = 0; i < names.Length; i++)
            if (usual.SequenceEqual(names[i])) return i;
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
