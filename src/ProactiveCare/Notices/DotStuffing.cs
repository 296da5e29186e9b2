namespace ProactiveCare.Notices;

/// <summary>RFC 5321 section 4.5.2: a line that begins with a dot gets another, as a dot alone ends the mail.</summary>
internal static class DotStuffing
{
    public static ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> message)
    {
        var bytes = message.Span;
        var whole = bytes.EndsWith("\r\n"u8);
        if (whole && !bytes.StartsWith("."u8) && bytes.IndexOf("\n."u8) < 0) return message;
        var stuffed = new List<byte>(bytes.Length + 64);
        for (var at = 0; at < bytes.Length; at++)
        {
            if (bytes[at] == '.' && (at == 0 || bytes[at - 1] == '\n')) stuffed.Add((byte)'.');
            stuffed.Add(bytes[at]);
        }
        if (!whole) stuffed.AddRange("\r\n"u8);
        return stuffed.ToArray();
    }
}
