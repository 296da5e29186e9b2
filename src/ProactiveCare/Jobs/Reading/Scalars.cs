using System.Text.RegularExpressions;
using static ProactiveCare.HarmlessText;

namespace ProactiveCare.Jobs.Reading;

/// <summary>
/// Parsers of the scalars in a job, each within its bounds. They throw <see cref="FormatException"/> with a message
/// that names the bound and the given value.
/// </summary>
internal static partial class Scalars
{
    /// <summary>A parser of a whole number with a unit: <c>90s</c>, <c>30m</c>, <c>24h</c>, <c>14d</c>.</summary>
    public static Func<string, Duration> Duration(string least, string most) => text =>
    {
        if (TryDuration(text) is not { } value)
            throw new FormatException($"must be a duration such as 90s, 30m, 24h or 14d, but is '{Shown(text)}'.");
        return value >= TryDuration(least) && value <= TryDuration(most) ? value : throw Bounds(least, most, text);
    };

    // Beyond every bound, and within range of the arithmetic.
    private const long LongestSeconds = 1_000_000L * 86_400;

    /// <summary>The duration, or null when the text is none.</summary>
    public static Duration? TryDuration(string text) =>
        DurationText().IsMatch(text)
            ? NodaTime.Duration.FromSeconds(Math.Min(
                long.Parse(text.AsSpan(..^1), CultureInfo.InvariantCulture) * Unit(text[^1]), LongestSeconds))
            : null;

    /// <summary>A parser of a percentage such as <c>5%</c> or <c>2.5%</c> to its fraction.</summary>
    public static Func<string, decimal> Percent(decimal least, decimal most) => text =>
    {
        if (TryPercent(text) is not { } value)
            throw new FormatException($"must be a percentage such as 5% or 2.5%, but is '{Shown(text)}'.");
        return value >= least && value <= most
            ? value
            : throw Bounds(PercentText(least), PercentText(most), text);
    };

    /// <summary>The fraction, or null when the text is no percentage.</summary>
    public static decimal? TryPercent(string text) =>
        PercentForm().IsMatch(text) ? decimal.Parse(text[..^1], CultureInfo.InvariantCulture) / 100m : null;

    /// <summary>A parser of a whole number.</summary>
    public static Func<string, int> Whole(int least, int most) => text =>
    {
        // Other YAML readers parse 010 as 8.
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            || (text.Length > 1 && text[0] == '0'))
            throw new FormatException($"must be a whole number, but is '{Shown(text)}'.");
        return value >= least && value <= most
            ? value
            : throw Bounds($"{least:N0}", $"{most:N0}", text);
    };

    /// <summary>A positive amount, such as <c>20.00 USD</c>.</summary>
    public static Money Amount(string text)
    {
        var amount = Money.Parse(Shown(text));
        return amount.Minor > 0 ? amount : throw new FormatException($"must be above zero, but is '{text}'.");
    }

    /// <summary>A parser of a text with a maximum length.</summary>
    public static Func<string, string> Text(int longest) => text =>
        text.Length > longest
            ? throw new FormatException($"must be at most {longest} characters, but is {text.Length}.")
        : string.IsNullOrWhiteSpace(text) ? throw new FormatException("must not be blank.")
        : text.Any(c => char.IsControl(c) && c != '\n') ? throw new FormatException("must not hold control characters.")
        : text.Trim();

    /// <summary>A parser of one of the words of an enumeration.</summary>
    public static Func<string, string> OneOf(params string[] words) => text =>
        words.Contains(text, StringComparer.Ordinal)
            ? text
            : throw new FormatException(
                words.Length == 1
                    ? $"must be {words[0]}, the only one supported by this version, but is '{Shown(text)}'."
                    : $"must be one of {string.Join(", ", words)}, but is '{Shown(text)}'.");

    /// <summary>A name of 1 to 64 lower-case letters, digits and hyphens.</summary>
    public static string Name(string text) =>
        IsName(text)
            ? text
            : throw new FormatException(
                $"must be 1 to 64 lower-case letters, digits and hyphens, such as slow-video, but is '{Shown(text)}'.");

    public static bool IsName(string text) => NameForm().IsMatch(text);

    /// <summary>An e-mail address.</summary>
    public static string Email(string text) =>
        EmailAddress.IsUsable(text)
            ? text
            : throw new FormatException($"must be an e-mail address such as team@example.com, but is '{Shown(text)}'.");

    /// <summary>A time zone of the IANA database.</summary>
    public static DateTimeZone Zone(string text) =>
        DateTimeZoneProviders.Tzdb.GetZoneOrNull(text)
        ?? throw new FormatException(
            $"must be an IANA time zone such as UTC or America/New_York, but is '{Shown(text)}'.");

    /// <summary>A fraction as a percentage, without needless zeros.</summary>
    public static string PercentText(decimal fraction) =>
        (fraction * 100m).ToString("0.####", CultureInfo.InvariantCulture) + "%";

    /// <summary>A duration in the largest unit that is exact.</summary>
    public static string DurationShort(Duration duration)
    {
        var seconds = (long)duration.TotalSeconds;
        var (size, unit) = new[] { (86400, 'd'), (3600, 'h'), (60, 'm'), (1, 's') }
            .First(u => (seconds % u.Item1 == 0 && seconds != 0) || u.Item1 == 1);
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / size}{unit}");
    }

    private static long Unit(char letter) => letter switch
    {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => 86_400,
    };

    private static FormatException Bounds(string least, string most, string text) =>
        new($"must be between {least} and {most}, but is '{Shown(text)}'.");

    [GeneratedRegex(@"^[0-9]{1,9}[smhd]\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DurationText();

    [GeneratedRegex(@"^[0-9]{1,3}(\.[0-9]{1,4})?%\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PercentForm();

    [GeneratedRegex(@"^[a-z0-9-]{1,64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NameForm();
}
