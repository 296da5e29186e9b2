using System.Text;

namespace ProactiveCare.Notices;

/// <summary>RFC 2045 quoted-printable: text of any language in lines of at most 76 ASCII characters.</summary>
internal static class QuotedPrintable
{
    private const int MaxLine = 76;
    private const string Hex = "0123456789ABCDEF";

    public static void Append(StringBuilder target, string text)
    {
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').TrimEnd('\n').Split('\n');
        foreach (var line in lines) AppendLine(target, Encoding.UTF8.GetBytes(line));
    }

    private static void AppendLine(StringBuilder target, byte[] line)
    {
        var column = 0;
        for (var at = 0; at < line.Length; at++)
        {
            var b = line[at];
            var last = at == line.Length - 1;
            var asIs = b is >= 33 and <= 126 and not (byte)'=' || b is (byte)' ' or (byte)'\t' && !last;
            var length = asIs ? 1 : 3;
            if (column + length > (last ? MaxLine : MaxLine - 1))
            {
                target.Append("=\r\n");
                column = 0;
            }
            // "From " at a line's start is changed by mailbox files, a lone dot by careless relays.
            if (column == 0 && (b == '.' || b == 'F')) (asIs, length) = (false, 3);
            if (asIs) target.Append((char)b);
            else target.Append('=').Append(Hex[b >> 4]).Append(Hex[b & 15]);
            column += length;
        }
        target.Append("\r\n");
    }
}
