using NodaTime.Text;

namespace ProactiveCare;

/// <summary>A period of time, from its first instant up to, not including, its last; an open end is null.</summary>
public sealed record TimeFrame(Instant? From, Instant? Until)
{
    /// <summary>All of time.</summary>
    public static readonly TimeFrame Ever = new(null, null);

    /// <summary>The forms of either end.</summary>
    public const string Forms =
        "an instant such as 2026-03-14T20:00:00Z, a date such as 2026-03-14, today, yesterday, this-week, last-week, "
        + "this-month or last-month";

    /// <summary>The period from the beginning of one word to the end of another: days, weeks and months are those of a
    /// time zone, and a week begins on Monday.</summary>
    /// <exception cref="FormatException">A word has another form, or the period ends before it begins.</exception>
    public static TimeFrame Parse(string? since, string? until, DateTimeZone zone, Instant now)
    {
        var period = new TimeFrame(
            since is null ? null : Read("--since", since, zone, now).From,
            until is null ? null : Read("--until", until, zone, now).Until);
        return period.From < period.Until || period.From is null || period.Until is null
            ? period
            : throw new FormatException(
                $"--since {HarmlessText.Shown(since!)} begins at {period.From.Value.Iso()}, which is not before "
                + $"--until {HarmlessText.Shown(until!)}.");
    }

    /// <summary>The condition that a column lies in it, as SQL with the parameters @From and @Until; null where it is
    /// open.</summary>
    internal string?[] Conditions(string column) =>
        [From is null ? null : $"{column} >= @From", Until is null ? null : $"{column} < @Until"];

    private static (Instant From, Instant Until) Read(string option, string text, DateTimeZone zone, Instant now)
    {
        var today = now.InZone(zone).Date;
        var monday = today.With(DateAdjusters.PreviousOrSame(IsoDayOfWeek.Monday));
        var first = today.With(DateAdjusters.StartOfMonth);
        return text.ToLowerInvariant() switch
        {
            "today" => Days(today, today),
            "yesterday" => Days(today.PlusDays(-1), today.PlusDays(-1)),
            "this-week" => Days(monday, monday.PlusDays(6)),
            "last-week" => Days(monday.PlusDays(-7), monday.PlusDays(-1)),
            "this-month" => Days(first, today.With(DateAdjusters.EndOfMonth)),
            "last-month" => Days(first.PlusMonths(-1), first.PlusDays(-1)),
            _ when LocalDatePattern.Iso.Parse(text) is { Success: true, Value: var day }
                && day.Year is > 1 and < 9998 => Days(day, day),
            _ => Moment(),
        };

        (Instant, Instant) Days(LocalDate from, LocalDate to) =>
            (zone.AtStartOfDay(from).ToInstant(), zone.AtStartOfDay(to.PlusDays(1)).ToInstant());

        (Instant, Instant) Moment()
        {
            try
            {
                var at = Time.Parse(text);
                return (at, at);
            }
            catch (FormatException e)
            {
                throw new FormatException($"{option} must be {Forms}, but is '{HarmlessText.Shown(text)}'.", e);
            }
        }
    }
}
