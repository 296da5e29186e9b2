using NodaTime.Text;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>The day that a session belongs to: 05:00 to 05:00 by the clock of the customer's home. Sessions of one
/// sitting, the same customer and title without a purchase and with short pauses, have one day, whichever clock strikes
/// in between and in whichever order they arrive.</summary>
public static class ViewingDays
{
    private const int Begins = 5;
    private static readonly Duration Pause = Duration.FromHours(1);

    /// <summary>The day of an instant in a zone.</summary>
    public static LocalDate Of(Instant at, DateTimeZone zone) => at.InZone(zone).LocalDateTime.PlusHours(-Begins).Date;

    /// <summary>Sets the day of the sessions that got the newest arrival numbers. A revised session keeps its day where
    /// it still may be right, since its case bears that day.</summary>
    internal static void Assign(DbConnection db, DateTimeZone company, long numbered)
    {
        if (numbered == 0) return;
        var upto = Arrivals.Latest(db);
        var sessions = db.All(
            """
            SELECT arrival, session.customer_id, CASE WHEN purchase_id IS NULL THEN title END, started_at, ended_at,
              viewing_day, customer.time_zone, (
                SELECT time_zone FROM premises WHERE premises.customer_id = session.customer_id
                  AND time_zone IS NOT NULL ORDER BY premises_id LIMIT 1)
            FROM session LEFT JOIN customer ON customer.customer_id = session.customer_id
            WHERE arrival > ?1 AND arrival <= ?2
            """,
            row => Numbered.Read(row, company), upto - numbered, upto);
        var near = db.ForAll(
            """
            SELECT viewing_day FROM session
            WHERE customer_id = ?1 AND title = ?2 AND purchase_id IS NULL AND viewing_day BETWEEN ?3 AND ?4
              AND started_at <= ?5 AND ended_at >= ?6
            """,
            sessions, session => session.Neighbours(), row => Day(row.Text(0)));
        // In the order of their beginning the latest end of each day decides.
        var ends = new Dictionary<(string, string, LocalDate), Instant>();
        var days = sessions.Select((session, i) => (Session: session, Near: near[i]))
            .OrderBy(each => each.Session.Started).ThenBy(each => each.Session.Arrival)
            .Select(each => (each.Session.Arrival, Day: each.Session.Choose(each.Near, ends)))
            .OrderBy(each => each.Arrival).ToList();
        db.ForAll(
            "UPDATE session SET viewing_day = ?1 WHERE arrival BETWEEN ?2 AND ?3", Ranges(days),
            range => [Text(range.Day), range.First, range.Last]);
    }

    // Sessions that arrive together are mostly of one day.
    private static List<(LocalDate Day, long First, long Last)> Ranges(List<(long Arrival, LocalDate Day)> days)
    {
        var ranges = new List<(LocalDate Day, long First, long Last)>();
        foreach (var (arrival, day) in days)
        {
            if (ranges is [.., var last] && last.Day == day) ranges[^1] = last with { Last = arrival };
            else ranges.Add((day, arrival, arrival));
        }
        return ranges;
    }

    private static string Text(LocalDate day) => LocalDatePattern.Iso.Format(day);

    private static LocalDate Day(string text) => LocalDatePattern.Iso.Parse(text).GetValueOrThrow();

    // The title is null with a purchase, which is judged as a whole.
    private sealed record Numbered(
        long Arrival, string Customer, string? Title, Instant Started, Instant Ended, LocalDate? Kept,
        LocalDate Natural)
    {
        public static Numbered Read(Row row, DateTimeZone company)
        {
            var started = row.Instant(3);
            var zone = Known(row.TextOrNull(6)) ?? Known(row.TextOrNull(7)) ?? company;
            return new(
                row.Number(0), row.Text(1), row.TextOrNull(2), started, row.Instant(4),
                row.TextOrNull(5) is { } day ? Day(day) : null, Of(started, zone));
        }

        public Value[]? Neighbours() => Title is null ? null :
        [
            Customer, Title, Text(Natural.PlusDays(-1)), Text(Natural.PlusDays(1)), Ended + Pause, Started - Pause,
        ];

        public LocalDate Choose(LocalDate[] near, Dictionary<(string, string, LocalDate), Instant> ends)
        {
            if (Title is null) return Natural;
            var day = Kept is { } kept && kept >= Natural.PlusDays(-1) && kept <= Natural.PlusDays(1)
                ? kept
                : IsOf(Natural.PlusDays(-1)) ? Natural.PlusDays(-1)
                : !IsOf(Natural) && IsOf(Natural.PlusDays(1)) ? Natural.PlusDays(1)
                : Natural;
            var key = (Customer, Title, day);
            ends[key] = ends.TryGetValue(key, out var before) ? Instant.Max(before, Ended) : Ended;
            return day;

            bool IsOf(LocalDate sitting) => near.Contains(sitting)
                || (ends.TryGetValue((Customer, Title, sitting), out var end) && end >= Started - Pause);
        }

        private static DateTimeZone? Known(string? id) =>
            id is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);
    }
}
