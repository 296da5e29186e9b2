using System.Text.RegularExpressions;

namespace ProactiveCare.Telemetry;

/// <summary>Parses instants of ISO 8601 with an offset from UTF-8, in the forms that programs write: a T or a blank,
/// with or without seconds, Z, +00:00, +0000 or +00. The common ones are parsed quickly.</summary>
internal static partial class IsoInstant
{
    private const string Write = ": write ISO 8601 with an offset, like 2026-03-14T20:15:00Z";
    private const string Unknown = "is not in a form that is read";
    private const int MinuteLength = 16;
    private const int Longest = 80;
    private const int FinestDigits = 9;

    /// <summary>Parses an instant to UTC milliseconds since 1970; finer digits are truncated.</summary>
    /// <returns>Null, or the error, worded to follow the value.</returns>
    public static string? Read(ReadOnlySpan<byte> text, out long milliseconds)
    {
        if (TryRead(text, out milliseconds)) return null;
        if (text.Length > Longest) return Unknown + Write;
        var shown = Encoding.UTF8.GetString(text);
        if (Longer().Match(shown) is { Success: true } longer && IsZone(longer.Groups["zone"].Value))
        {
            var (date, time) = (longer.Groups["date"].Value, longer.Groups["time"].Value);
            var plain = $"{date.Replace('/', '-')}T{time.Replace(',', '.')}"
                + (longer.Groups["offset"].Value is { Length: > 0 } offset ? offset : "Z");
            if (TryRead(Encoding.UTF8.GetBytes(plain), out milliseconds)) return null;
            shown = plain;
        }
        return Problem(shown) + Write;
    }

    private static bool TryRead(ReadOnlySpan<byte> text, out long milliseconds)
    {
        milliseconds = 0;
        if (text.Length <= MinuteLength || text[4] != '-' || text[7] != '-' || text[13] != ':'
            || ((text[10] | 32) != 't' && text[10] != ' '))
            return false;
        if (!Digits(text[..4], out var year) || !Digits(text[5..7], out var month) || !Digits(text[8..10], out var day)
            || !Digits(text[11..13], out var hour) || !Digits(text[14..16], out var minute))
            return false;
        var rest = text[MinuteLength..];
        if (!Seconds(ref rest, out var second, out var fraction) || !Offset(rest, out var offset)) return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23
            || minute > 59 || second > 59)
            return false;
        var since1970 = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc) - DateTime.UnixEpoch;
        milliseconds = (since1970.Ticks / TimeSpan.TicksPerMillisecond) + fraction - (offset * 60_000L);
        return true;
    }

    private static bool Seconds(ref ReadOnlySpan<byte> rest, out int second, out int milliseconds)
    {
        (second, milliseconds) = (0, 0);
        if (rest[0] != ':') return true;
        if (rest.Length < 4 || !Digits(rest[1..3], out second)) return false;
        rest = rest[3..];
        if (rest[0] != '.') return true;
        var count = rest[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (count is < 1 or > FinestDigits) return false;
        for (var i = 1; i <= 3; i++) milliseconds = (milliseconds * 10) + (i <= count ? rest[i] - '0' : 0);
        rest = rest[(count + 1)..];
        return true;
    }

    private static bool Offset(ReadOnlySpan<byte> rest, out int minutes)
    {
        minutes = 0;
        if (rest[0] == ' ') rest = rest[1..];
        if (rest.Length == 1) return (rest[0] | 32) == 'z';
        if (rest.Length is not (3 or 5 or 6) || rest[0] is not ((byte)'+' or (byte)'-')) return false;
        if (rest.Length == 6 && rest[3] != ':') return false;
        if (!Digits(rest[1..3], out var hour) || !Digits(rest.Length == 3 ? [] : rest[^2..], out var minute))
            return false;
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

    private static bool IsZone(string zone) =>
        zone.Length == 0 || DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is not null;

    private static string Problem(string text)
    {
        if (Number().IsMatch(text)) return "is a number";
        if (Basic().IsMatch(text)) return "has no dashes and colons";
        if (DayFirst().IsMatch(text)) return "does not begin with the year, so that day and month can be mistaken";
        if (text.Any(c => c > 127
            && char.GetUnicodeCategory(c) is (UnicodeCategory.DashPunctuation or UnicodeCategory.MathSymbol)))
            return "has a typographic dash for a minus";
        if (DateAlone().IsMatch(text)) return "has no time of day";
        return Parts().Match(text) is { Success: true } parts ? Problem(parts.Groups) : Unknown;
    }

    private static string Problem(GroupCollection parts)
    {
        int Number(string part) => int.Parse("0" + parts[part].Value, CultureInfo.InvariantCulture);
        var (year, month, day) = (Number("year"), Number("month"), Number("day"));
        if (month is < 1 or > 12) return $"has the month {month}";
        if (day < 1 || day > DateTime.DaysInMonth(Math.Max(1, year), month))
            return "has a day that its month does not have";
        if (Number("hour") == 24 && Number("minute") == 0) return "is the end of a day, which is 00:00 of the next";
        if (Number("hour") > 23 || Number("minute") > 59) return "has a time that no clock shows";
        if (Number("second") == 60) return "is a leap second, which computers do not count";
        if (Number("second") > 60) return "has a time that no clock shows";
        if (parts["decimals"].Length > FinestDigits) return $"has more than {FinestDigits} decimals of a second";
        if (year < 1) return "has the year 0";
        if (parts["rest"].Length == 0) return "has no offset from UTC, so that it can be any of many instants";
        return parts["rest"].Value.Trim() is ['+' or '-', ..]
            ? "has an offset that no zone has"
            : "names a zone instead of an offset";
    }

    // As Java, Ruby, Go and Python's logging write: [Europe/Berlin] after the offset, UTC for one, a comma in seconds.
    [GeneratedRegex(
        @"^(?<date>[0-9]{4}[-/][0-9]{2}[-/][0-9]{2})[Tt ](?<time>[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?)"
        + @"((?<offset> ?([Zz]|[-+][0-9]{2}(:?[0-9]{2})?))(\[(?<zone>[\w/+-]+)\])?| ?([-+]00(:?00)? ?)?(UTC|GMT))\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Longer();

    [GeneratedRegex(@"^[-+]?[0-9]+([.,][0-9]*)?([eE][-+]?[0-9]+)?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Number();

    [GeneratedRegex(@"^[0-9]{8}[Tt ][0-9]{2,6}", RegexOptions.None, 1000)]
    private static partial Regex Basic();

    [GeneratedRegex(@"^[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2,4}\b", RegexOptions.None, 1000)]
    private static partial Regex DayFirst();

    [GeneratedRegex(@"^[0-9]{4}-[0-9][0-9]-[0-9][0-9][Zz]?\z", RegexOptions.None, 1000)]
    private static partial Regex DateAlone();

    [GeneratedRegex(
        @"^(?<year>[0-9]{4})[-/](?<month>[0-9]{2})[-/](?<day>[0-9]{2})[Tt ](?<hour>[0-9]{2}):(?<minute>[0-9]{2})"
        + @"(:(?<second>[0-9]{2})([.,](?<decimals>[0-9]+))?)?(?<rest> ?([-+].*|[A-Za-z].*)?)\z",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parts();
}
