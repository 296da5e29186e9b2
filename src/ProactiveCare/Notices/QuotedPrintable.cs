using System.Buffers;
using System.Text;

namespace ProactiveCare.Notices;

/// <summary>RFC 2045 quoted-printable: text of any language in lines of at most 76 ASCII characters.</summary>
internal static class QuotedPrintable
{
    private const int MaxLine = 76;

    // What stands for itself wherever it stands but at the end of a line; at its beginning '.' and 'F' do not.
    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        [(byte)'\t', .. Enumerable.Range(32, 95).Where(b => b is not ('=' or '.' or 'F')).Select(b => (byte)b)]);

    /// <summary>Every line ended by CRLF; empty lines at the end are left out.</summary>
    public static void Append(ArrayBufferWriter<byte> target, string text)
    {
        var whole = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        ReadOnlySpan<byte> rest = whole.AsSpan(0, Encoding.UTF8.GetBytes(text, whole)).TrimEnd("\r\n"u8);
        while (true)
        {
            var end = rest.IndexOfAny((byte)'\r', (byte)'\n');
            AppendLine(target, end < 0 ? rest : rest[..end]);
            if (end < 0) break;
            rest = rest[(end + (rest[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }
        ArrayPool<byte>.Shared.Return(whole);
    }

    private static void AppendLine(ArrayBufferWriter<byte> target, ReadOnlySpan<byte> line)
    {
        // Three for each, and a break after no less than 73.
        var to = target.GetSpan(line.Length * 3 + line.Length / 8 + 8);
        var (length, column) = (0, 0);
        while (line.Length > 0)
        {
            var run = line[..Math.Clamp(line.Length - 1, 0, MaxLine - 1 - column)];
            var plain = run.IndexOfAnyExcept(Plain);
            if (plain < 0) plain = run.Length;
            run[..plain].CopyTo(to[length..]);
            (length, column) = (length + plain, column + plain);
            line = line[plain..];
            Append(line[0], line.Length == 1, to, ref length, ref column);
            line = line[1..];
        }
        "\r\n"u8.CopyTo(to[length..]);
        target.Advance(length + 2);
    }

    private static void Append(byte b, bool last, Span<byte> to, ref int length, ref int column)
    {
        var asIs = b is >= 33 and <= 126 and not (byte)'=' || b is (byte)' ' or (byte)'\t' && !last;
        if (column + (asIs ? 1 : 3) > (last ? MaxLine : MaxLine - 1))
        {
            "=\r\n"u8.CopyTo(to[length..]);
            (length, column) = (length + 3, 0);
        }
        // "From " at a line's start is changed by mailbox files, a lone dot by careless relays.
        if (asIs && !(column == 0 && b is (byte)'.' or (byte)'F'))
        {
            (to[length++], column) = (b, column + 1);
            return;
        }
        to[length++] = (byte)'=';
        to[length++] = "0123456789ABCDEF"u8[b >> 4];
        to[length++] = "0123456789ABCDEF"u8[b & 15];
        column += 3;
    }
}
