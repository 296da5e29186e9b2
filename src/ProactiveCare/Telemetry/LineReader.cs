namespace ProactiveCare.Telemetry;

/// <summary>Splits a stream into lines without ever holding more than the longest line allowed. A record may append
/// further lines (<see cref="Append"/>) and return them (<see cref="Retreat"/>).</summary>
internal sealed class LineReader(Stream stream)
{
    /// <summary>The longest accepted line, in bytes; of a longer one only the beginning is kept.</summary>
    public const int MaxLength = 1 << 20;

    private const int KeptOfTooLong = 1024;

    private byte[] buffer = new byte[stream.CanSeek ? Math.Clamp(stream.Length + 1, 1 << 10, 1 << 18) : 1 << 18];
    private int start;
    private int end;
    private int length;
    private int next;
    private int lines;
    private int firstLength;
    private int firstNext;
    private bool skipping;

    /// <summary>The number, from 1, of the record's first line.</summary>
    public long Number { get; private set; } = 1;

    /// <summary>Bytes read from the stream.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether the line was too long, so that only its beginning is kept.</summary>
    public bool TooLong { get; private set; }

    /// <summary>The record without its last line end; valid until the next call.</summary>
    public ReadOnlySpan<byte> Line => buffer.AsSpan(start, length);

    /// <summary>The first line of the record.</summary>
    public ReadOnlySpan<byte> FirstLine => buffer.AsSpan(start, firstLength);

    /// <summary>The first bytes, before anything is consumed.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (end - start < count && Fill()) { }
        return buffer.AsSpan(start, Math.Min(count, end - start));
    }

    /// <summary>Skips bytes at the beginning of the stream.</summary>
    public void Skip(int count) => start += count;

    /// <summary>Advances to the next line.</summary>
    /// <returns>False at the end of the stream.</returns>
    public bool Next()
    {
        if (skipping) SkipRest();
        start += next;
        Number += lines;
        next = length = lines = 0;
        TooLong = false;
        if (Append())
        {
            TooLong = length > MaxLength;
            if (TooLong) length = KeptOfTooLong;
        }
        else if (end - start > MaxLength)
        {
            (TooLong, skipping) = (true, true);
            length = KeptOfTooLong;
            lines = 1;
        }
        firstLength = length;
        firstNext = next;
        return lines > 0;
    }

    /// <summary>Appends one more line, with the line end before it, to the record.</summary>
    /// <returns>False, with nothing appended, at the end of the stream or when the record would be too long.</returns>
    public bool Append()
    {
        var from = next;
        while (from <= MaxLength)
        {
            var at = buffer.AsSpan(start + from, end - start - from).IndexOf((byte)'\n');
            if (at >= 0) return Take(from + at, from + at + 1);
            from = end - start;
            if (from <= MaxLength && !Fill()) return from > next && Take(from, from);
        }
        return false;
    }

    /// <summary>Returns all lines but the first, to be read again as records of their own.</summary>
    public void Retreat()
    {
        length = firstLength;
        next = firstNext;
        lines = 1;
    }

    private bool Take(int lineEnd, int following)
    {
        length = lineEnd > next && buffer[start + lineEnd - 1] == '\r' ? lineEnd - 1 : lineEnd;
        next = following;
        lines++;
        return true;
    }

    // Skipped only at the next call: a stream without line ends may have no end either.
    private void SkipRest()
    {
        skipping = false;
        while (true)
        {
            end = start + length;
            next = length;
            if (!Fill()) return;
            var at = buffer.AsSpan(start + length, end - start - length).IndexOf((byte)'\n');
            if (at < 0) continue;
            next = length + at + 1;
            return;
        }
    }

    private bool Fill()
    {
        if (end == buffer.Length && start > 0)
        {
            Buffer.BlockCopy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }
        else if (end == buffer.Length)
        {
            Array.Resize(ref buffer, buffer.Length * 2);
        }
        var read = stream.Read(buffer, end, buffer.Length - end);
        end += read;
        BytesRead += read;
        return read > 0;
    }
}

/// <summary>Detects files that are not UTF-8 text by their first bytes, so that nobody has to read garbage.</summary>
internal static class NotText
{
    private const string Unpack = "unpack it first";

    /// <summary>The type of the file and the remedy, to follow "The file is"; null when it may be text.</summary>
    public static string? Of(ReadOnlySpan<byte> begin) => begin switch
    {
        [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..] => "UTF-16: save it as UTF-8",
        [0x1F, 0x8B, ..] => $"compressed with gzip: {Unpack}, as in zcat FILE | proactive-care import KIND -",
        [0x50, 0x4B, 3 or 5, 4 or 6, ..] => $"a ZIP archive or a spreadsheet: {Unpack}, or save the sheet as CSV",
        [0x42, 0x5A, 0x68, >= 0x31 and <= 0x39, ..] => $"compressed with bzip2: {Unpack}",
        [0xFD, 0x37, 0x7A, 0x58, 0x5A, ..] => $"compressed with xz: {Unpack}",
        [0x28, 0xB5, 0x2F, 0xFD, ..] => $"compressed with zstd: {Unpack}",
        _ => IsBinary(begin) ? "not UTF-8 text (its first line has NUL bytes): save it as UTF-8" : null,
    };

    // A later line, or a row of JSON, may contain a stray NUL, which costs that row only.
    private static bool IsBinary(ReadOnlySpan<byte> begin)
    {
        var line = begin.IndexOf((byte)'\n') is var end and >= 0 ? begin[..end] : begin;
        var nul = line.IndexOf((byte)0);
        return nul >= 0 && (nul < 2 || line[0] != '{');
    }
}
