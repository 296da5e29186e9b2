namespace ProactiveCare.Notices;

/// <summary>RFC 5321 section 4.5.2: a line that begins with a dot gets another, as a dot alone ends the mail.</summary>
internal static class DotStuffing
{
    public static ReadOnlyMemory<byte> Apply(byte[] message)
    {
        var dots = 0;
        for (var at = 0; at < message.Length; at++)
            if (IsFirst(message, at)) dots++;
        var whole = message.AsSpan().EndsWith("\r\n"u8);
        if (dots == 0 && whole) return message;
        var stuffed = new List<byte>(message.Length + dots + 2);
        for (var at = 0; at < message.Length; at++)
        {
            if (IsFirst(message, at)) stuffed.Add((byte)'.');
            stuffed.Add(message[at]);
        }
        if (!whole) stuffed.AddRange("\r\n"u8);
        return stuffed.ToArray();
    }

    private static bool IsFirst(byte[] message, int at) =>
        message[at] == '.' && (at == 0 || message[at - 1] == '\n');
}
