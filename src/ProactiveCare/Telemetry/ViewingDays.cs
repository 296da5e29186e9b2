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
            SELECT arrival, customer_id, CASE WHEN purchase_id IS NULL THEN title END, started_at, ended_at,
              viewing_day,
              (SELECT time_zone FROM customer WHERE customer.customer_id = session.customer_id),
              (SELECT time_zone FROM premises WHERE premises.customer_id = session.customer_id
                AND time_zone IS NOT NULL ORDER BY premises_id LIMIT 1)
            FROM session WHERE arrival > ?1 AND arrival <= ?2 ORDER BY started_at, arrival
            """,
            row => Numbered.Read(row, company), upto - numbered, upto);
        var near = db.ForAll(
            """
            SELECT DISTINCT viewing_day FROM session
            WHERE customer_id = ?1 AND title = ?2 AND purchase_id IS NULL AND viewing_day IN (?3, ?4, ?5)
              AND started_at <= ?6 AND ended_at >= ?7
            """,
            sessions, session => session.Neighbours(), row => Day(row.Text(0)));
        // The sessions come in the order of their beginning, so the latest end of each day decides.
        var ends = new Dictionary<(string, string, LocalDate), Instant>();
        var days = sessions.Select((session, i) => (session.Arrival, Day: session.Choose(near[i], ends))).ToList();
        db.ForAll(
            "UPDATE session SET viewing_day = ?1 WHERE arrival = ?2", days,
            each => [LocalDatePattern.Iso.Format(each.Day), each.Arrival]);
    }

    private static LocalDate Day(string text) => LocalDatePattern.Iso.Parse(text).GetValueOrThrow();

    // The title is null with a purchase, which is judged as a whole.
    private sealed record Numbered(
        long Arrival, string Customer, string? Title, Instant Started, Instant Ended, LocalDate? Kept,
        LocalDate Natural)
    {
        private LocalDate[] Possible => [Natural.PlusDays(-1), Natural, Natural.PlusDays(1)];

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
            Customer, Title, .. Possible.Select(day => (Value)LocalDatePattern.Iso.Format(day)), Ended + Pause,
            Started - Pause,
        ];

        public LocalDate Choose(LocalDate[] near, Dictionary<(string, string, LocalDate), Instant> ends)
        {
            if (Title is null) return Natural;
            var day = Kept is { } kept && Possible.Contains(kept)
                ? kept
                : Possible.Cast<LocalDate?>().FirstOrDefault(each => near.Contains(each!.Value)
                    || (ends.TryGetValue((Customer, Title, each.Value), out var end) && end >= Started - Pause))
                    ?? Natural;
            var key = (Customer, Title, day);
            ends[key] = ends.TryGetValue(key, out var before) ? Instant.Max(before, Ended) : Ended;
            return day;
        }

        private static DateTimeZone? Known(string? id) =>
            id is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);
    }
}
