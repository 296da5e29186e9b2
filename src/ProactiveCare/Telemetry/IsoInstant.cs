namespace ProactiveCare.Telemetry;

/// <summary>Parses RFC 3339 instants (ISO 8601 with seconds and an offset) quickly, from UTF-8.</summary>
internal static class IsoInstant
{
    private const int LocalLength = 19;
    private const long First = -62_135_596_800_000;
    private const long Last = 253_402_300_799_999;

    /// <summary>Parses an instant to UTC milliseconds since 1970; finer digits are truncated.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long milliseconds)
    {
        milliseconds = 0;
        if (text.Length <= LocalLength || text[4] != '-' || text[7] != '-' || (text[10] | 32) != 't' || text[13] != ':'
            || text[16] != ':')
            return false;
        if (!Digits(text[..4], out var year) || !Digits(text[5..7], out var month) || !Digits(text[8..10], out var day)
            || !Digits(text[11..13], out var hour) || !Digits(text[14..16], out var minute)
            || !Digits(text[17..19], out var second))
            return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23
            || minute > 59 || second > 59)
            return false;
        var rest = text[LocalLength..];
        if (!Fraction(ref rest, out var fraction) || !Offset(rest, out var offset)) return false;
        var since1970 = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc) - DateTime.UnixEpoch;
        milliseconds = (since1970.Ticks / TimeSpan.TicksPerMillisecond) + fraction - (offset * 60_000L);
        // An offset may lead out of the range of years.
        return milliseconds is >= First and <= Last;
    }

    private static bool Fraction(ref ReadOnlySpan<byte> rest, out int milliseconds)
    {
        milliseconds = 0;
        if (rest[0] != '.') return true;
        var count = rest[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (count is < 1 or > 9) return false;
        for (var i = 1; i <= 3; i++) milliseconds = (milliseconds * 10) + (i <= count ? rest[i] - '0' : 0);
        rest = rest[(count + 1)..];
        return true;
    }

    private static bool Offset(ReadOnlySpan<byte> rest, out int minutes)
    {
        minutes = 0;
        if (rest.Length == 1) return (rest[0] | 32) == 'z';
        if (rest.Length != 6 || rest[0] is not ((byte)'+' or (byte)'-') || rest[3] != ':') return false;
        if (!Digits(rest[1..3], out var hour) || !Digits(rest[4..6], out var minute)) return false;
        if (hour > 18 || minute > 59) return false;
        minutes = ((hour * 60) + minute) * (rest[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var b in text)
        {
            if (b is < (byte)'0' or > (byte)'9') return false;
            value = (value * 10) + (b - '0');
        }
        return true;
    }
}
