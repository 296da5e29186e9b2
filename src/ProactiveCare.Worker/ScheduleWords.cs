using ProactiveCare.Jobs;
using Quartz;

namespace ProactiveCare.Worker;

/// <summary>Quartz cron expressions for people: errors, descriptions, next firings.</summary>
internal static class ScheduleWords
{
    /// <summary>The product's interface to the scheduler's cron expressions.</summary>
    public static readonly CronRules Rules = new(
        CronError, (cron, zone, after) => Next(cron, zone, after, 1) is [var next] ? next : Instant.MaxValue);

    private const int Longest = 1_000;

    private static readonly Duration Least = Duration.FromSeconds(2);

    private static readonly (string Name, int Most)[] Bounds =
        [("seconds", 59), ("minutes", 59), ("hours", 23), ("days", 31), ("months", 12), ("days of the week", 7)];

    private static readonly string[] DayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary>The error in an expression; null for a valid one.</summary>
    public static string? CronError(string cron)
    {
        if (cron.Length > Longest) return $"it is longer than {Longest:N0} characters";
        if (OutOfRange(cron) is { } wrong) return wrong;
        try
        {
            if (CronExpression.Parse(cron).GetNextValidTimeAfter(DateTimeOffset.UnixEpoch.AddYears(50)) is null)
                return "it never fires";
            return Rules.ShortestPause(cron) < Least
                ? "it fires every second; 0/2 for the seconds is the most often"
                : null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    // Quartz accepts 99 for an hour without an error.
    private static string? OutOfRange(string cron)
    {
        foreach (var (field, (name, most)) in cron.Split(' ', StringSplitOptions.RemoveEmptyEntries).Zip(Bounds))
        {
            foreach (var part in field.Split(',', '-', '/', '#'))
            {
                if (part.Length > 0 && part.All(char.IsAsciiDigit) && !Number(part, most, out _))
                    return $"{part} is more than {most}, the most for {name}";
            }
        }
        return null;
    }

    /// <summary>The expression in words, without the time zone; unchanged where words would mislead.</summary>
    public static string Of(string cron)
    {
        var fields = cron.ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 6 || fields[4] is not ("*" or "?")) return Unworded(cron);
        var times = Times(fields[0], fields[1], fields[2]);
        var days = Days(fields[3], fields[5]);
        if (times is null || days is null) return Unworded(cron);
        if (days != "every day") return $"{times} {days}";
        return times.StartsWith("at ", StringComparison.Ordinal) ? $"{times} every day" : times;
    }

    /// <summary>The next firings after an instant.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know the time zone.</exception>
    public static IReadOnlyList<Instant> Next(string cron, DateTimeZone zone, Instant after, int count)
    {
        var expression = new CronExpression(cron, Zone(zone));
        var firings = new List<Instant>();
        DateTimeOffset? at = after.ToDateTimeOffset();
        while (firings.Count < count && (at = expression.GetNextValidTimeAfter(at.Value)) is { } next)
            firings.Add(Instant.FromDateTimeOffset(next));
        return firings;
    }

    /// <summary>The machine's definition of a time zone.</summary>
    public static TimeZoneInfo Zone(DateTimeZone zone) => TimeZoneInfo.FindSystemTimeZoneById(zone.Id);

    private static string Unworded(string cron) => $"by the expression {cron}";

    private static string? Times(string second, string minute, string hour)
    {
        var everyHour = hour is "*" or "0/1" or "*/1";
        if (everyHour && minute is "*" && Step(second) is (0, var seconds)) return Every(seconds, "second", 60);
        if (second != "0") return null;
        if (minute is "*" && everyHour) return "every minute";
        if (Step(minute) is var (start, minutes) && start < minutes && Every(minutes, "minute", 60) is { } often)
        {
            if (start > 0) often += $", from {start:00} minutes past";
            return everyHour ? often : Between(hour) is { } hours ? $"{often} {hours}" : null;
        }
        if (!Number(minute, 59, out var at)) return null;
        if (everyHour) return at == 0 ? "every hour, on the hour" : $"every hour at {at:00} minutes past";
        if (Step(hour) is (0, var step))
            return Every(step, "hour", 24) is { } rarely ? $"{rarely}, at {at:00} minutes past" : null;
        var list = hour.Split(',').Select(h => Number(h, 23, out var value) ? value : -1).ToList();
        return list.Contains(-1) ? null : "at " + And(list.Select(h => $"{h:00}:{at:00}"));
    }

    private static string? Days(string dayOfMonth, string dayOfWeek)
    {
        if (dayOfWeek is "*" or "?")
        {
            if (dayOfMonth is "*" or "?") return "every day";
            if (dayOfMonth == "L") return "on the last day of the month";
            return Number(dayOfMonth, 31, out var day) ? $"on day {day} of the month" : null;
        }
        if (dayOfMonth is not ("*" or "?")) return null;
        if (dayOfWeek.Split('-') is [var from, var to] && Day(from) is { } first && Day(to) is { } last)
            return $"{first} to {last}";
        var days = dayOfWeek.Split(',').Select(Day).ToList();
        return days.Contains(null) ? null : "on " + And(days.Select(day => day + "s"));
    }

    // Steps restart with every full minute, hour or day, so only divisors of it are "every".
    private static string? Every(int step, string unit, int whole) =>
        step == 1 ? $"every {unit}" : whole % step == 0 ? $"every {step} {unit}s" : null;

    private static (int Start, int Step)? Step(string field) =>
        field.Split('/') is [var from, var by] && Number(from == "*" ? "0" : from, 59, out var start)
        && Number(by, 59, out var step) && step > 0
            ? (start, step)
            : null;

    private static string? Between(string hour) =>
        hour.Split('-') is [var from, var to] && Number(from, 23, out var first) && Number(to, 23, out var last)
            && first <= last
            ? $"from {first:00}:00 to {last:00}:59"
            : null;

    private static string? Day(string field)
    {
        var index = Array.IndexOf(DayNames, field);
        if (index < 0 && Number(field, 7, out var number) && number > 0) index = number - 1;
        return index < 0 ? null : CultureInfo.InvariantCulture.DateTimeFormat.GetDayName((DayOfWeek)index);
    }

    private static bool Number(string text, int most, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= most;

    private static string And(IEnumerable<string> words)
    {
        var list = words.ToList();
        return list.Count == 1 ? list[0] : string.Join(", ", list[..^1]) + " and " + list[^1];
    }
}
