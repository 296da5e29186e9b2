using System.Text.RegularExpressions;
using NodaTime.Text;
using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Worker.Cli;

/// <summary>Formats and parses numbers, instants and spans for people.</summary>
internal static partial class Phrases
{
    private static readonly ZonedDateTimePattern InstantPattern =
        ZonedDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm x", null);

    /// <summary>A count with its noun: <c>1 run</c>, <c>1,200 runs</c>.</summary>
    public static string Count(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");

    /// <summary>An instant in a time zone, to the minute, with the zone's short name.</summary>
    public static string On(this Instant instant, DateTimeZone zone) => InstantPattern.Format(instant.InZone(zone));

    /// <summary>A text with every UTC instant converted to a time zone.</summary>
    public static string OnClock(string text, DateTimeZone zone) =>
        Instants().Replace(text, match => ProactiveCare.Time.Parse(match.Value).On(zone));

    /// <summary>A span in its largest whole unit: <c>3 minutes</c>, <c>2 days</c>.</summary>
    public static string Span(Duration span) => span switch
    {
        { TotalDays: >= 2 } => Count((long)span.TotalDays, "day"),
        { TotalHours: >= 2 } => Count((long)span.TotalHours, "hour"),
        { TotalMinutes: >= 1 } => Count((long)span.TotalMinutes, "minute"),
        _ => Count(Math.Max(0, (long)span.TotalSeconds), "second"),
    };

    /// <summary>Sums by currency: <c>12.00 EUR and 4.99 USD</c>; <c>nothing</c> when there are none.</summary>
    public static string Sums(IEnumerable<Money> amounts)
    {
        var sums = amounts.GroupBy(amount => amount.Currency)
            .OrderBy(group => group.Key.Code, StringComparer.Ordinal)
            .Select(group => new Money(group.Sum(amount => amount.Minor), group.Key).ToString())
            .ToList();
        return sums.Count == 0 ? "nothing" : string.Join(" and ", sums);
    }

    /// <summary>The instant of an option; null when it was not given.</summary>
    /// <exception cref="UsageException">The text is no instant.</exception>
    public static Instant? InstantOf(string option, string? text)
    {
        if (text is null) return null;
        try
        {
            return ProactiveCare.Time.Parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"{option}: {e.Message}");
        }
    }

    /// <summary>The span of an option, such as 90s, 30m, 2h or 5d; null when it was not given.</summary>
    /// <exception cref="UsageException">The text is no span, or out of bounds.</exception>
    public static Duration? SpanOf(string option, string? text)
    {
        if (text is null) return null;
        try
        {
            return Scalars.Duration("1m", "366d")(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"{option} {e.Message}");
        }
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Instants();
}
