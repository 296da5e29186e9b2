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
        // Only a session whose customer and title have another one is looked up.
        var sessions = db.All(
            """
            SELECT arrival, CASE WHEN purchase_id IS NULL THEN session.customer_id END,
              CASE WHEN purchase_id IS NULL THEN title END, started_at, ended_at, viewing_day, session.revision,
              COALESCE(customer.time_zone, (
                SELECT time_zone FROM premises WHERE premises.customer_id = session.customer_id
                  AND time_zone IS NOT NULL ORDER BY premises_id LIMIT 1)),
              CASE WHEN purchase_id IS NULL AND EXISTS (
                SELECT 1 FROM session AS other
                WHERE other.customer_id = session.customer_id AND other.title = session.title
                  AND other.purchase_id IS NULL AND other.viewing_day IS NOT NULL
                  AND other.arrival <> session.arrival) THEN 1 END
            FROM session LEFT JOIN customer ON customer.customer_id = session.customer_id
            WHERE arrival > ?1 AND arrival <= ?2 ORDER BY arrival
            """,
            row => Numbered.Read(row, company), upto - numbered, upto);
        // A new session of the same transaction has an assumed day, which tells nothing.
        var near = db.ForAll(
            """
            SELECT viewing_day FROM session
            WHERE customer_id = ?1 AND title = ?2 AND purchase_id IS NULL AND viewing_day BETWEEN ?3 AND ?4
              AND started_at <= ?5 AND ended_at >= ?6 AND (arrival <= ?7 OR revision > 1)
            """,
            sessions, session => session.Neighbours(upto - numbered), row => Day(row.Text(0)));
        // In the order of their beginning the latest end of each day decides.
        var ends = new Dictionary<(string, string, LocalDate), Instant>();
        var days = sessions.ConvertAll(session => session.Natural);
        var order = new List<int>();
        for (var i = 0; i < days.Count; i++)
            if (sessions[i].Title is not null) order.Add(i);
        order.Sort((a, b) => sessions[a].Started.CompareTo(sessions[b].Started) is not 0 and var by ? by : a - b);
        foreach (var i in order) days[i] = sessions[i].Choose(near[i], ends);
        db.ForAll(
            "UPDATE session SET viewing_day = ?1 WHERE arrival BETWEEN ?2 AND ?3", Ranges(sessions, days),
            range => [Text(range.Day), range.First, range.Last]);
    }

    // Sessions that arrive together are mostly of one day.
    private static List<(LocalDate Day, long First, long Last)> Ranges(List<Numbered> sessions, List<LocalDate> days)
    {
        var ranges = new List<(LocalDate Day, long First, long Last)>();
        for (var i = 0; i < days.Count; i++)
        {
            var (arrival, day) = (sessions[i].Arrival, days[i]);
            if (sessions[i].Stored == day) continue;
            if (ranges is [.., var last] && last.Day == day && last.Last == arrival - 1)
                ranges[^1] = last with { Last = arrival };
            else ranges.Add((day, arrival, arrival));
        }
        return ranges;
    }

    /// <summary>The days in one zone as they are stored.</summary>
    internal sealed class Texts(DateTimeZone zone)
    {
        private (LocalDate Day, string? Text) last;

        /// <summary>The day of an instant.</summary>
        public string Of(Instant at)
        {
            var day = ViewingDays.Of(at, zone);
            if (last.Text is null || last.Day != day) last = (day, Text(day));
            return last.Text!;
        }
    }

    private static string Text(LocalDate day) => LocalDatePattern.Iso.Format(day);

    // Always of the form 2026-03-14; a pattern would cost more than the rest of the row.
    private static LocalDate Day(string text)
    {
        int Number(Range part) => int.Parse(text.AsSpan(part), CultureInfo.InvariantCulture);
        return new(Number(..4), Number(5..7), Number(8..));
    }

    // Customer and title are null with a purchase, which is judged as a whole.
    private sealed record Numbered(
        long Arrival, string? Customer, string? Title, Instant Started, Instant Ended, LocalDate? Stored,
        bool Revised, LocalDate Natural, bool HasOthers)
    {
        public static Numbered Read(Row row, DateTimeZone company)
        {
            var started = row.Instant(3);
            return new(
                row.Number(0), row.TextOrNull(1), row.TextOrNull(2), started, row.Instant(4),
                row.TextOrNull(5) is { } day ? Day(day) : null, row.Number(6) > 1,
                Of(started, Known(row.TextOrNull(7)) ?? company), !row.IsNull(8));
        }

        public Value[]? Neighbours(long before) => !HasOthers ? null :
        [
            Customer, Title, Text(Natural.PlusDays(-1)), Text(Natural.PlusDays(1)), Ended + Pause, Started - Pause,
            before,
        ];

        public LocalDate Choose(LocalDate[] near, Dictionary<(string, string, LocalDate), Instant> ends)
        {
            var day = Revised && Stored is { } kept && kept >= Natural.PlusDays(-1) && kept <= Natural.PlusDays(1)
                ? kept
                : IsOf(Natural.PlusDays(-1)) ? Natural.PlusDays(-1)
                : !IsOf(Natural) && IsOf(Natural.PlusDays(1)) ? Natural.PlusDays(1)
                : Natural;
            var key = (Customer!, Title!, day);
            ends[key] = ends.TryGetValue(key, out var before) ? Instant.Max(before, Ended) : Ended;
            return day;

            bool IsOf(LocalDate sitting) => near.Contains(sitting)
                || (ends.TryGetValue((Customer!, Title!, sitting), out var end) && end >= Started - Pause);
        }

        private static DateTimeZone? Known(string? id) =>
            id is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);
    }
}
