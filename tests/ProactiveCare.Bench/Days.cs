using NodaTime;
using NodaTime.Text;

namespace ProactiveCare.Bench;

/// <summary>One day of rentals after another, each in files of its own.</summary>
internal sealed class Days(Room room, int rentals)
{
    private int next = 1;

    /// <summary>The last day that was written.</summary>
    public LocalDate Date { get; private set; } = new(2026, 3, 1);

    /// <summary>Sessions written so far.</summary>
    public int Sessions => next - 1;

    /// <summary>Writes the next day.</summary>
    /// <returns>The folder of its purchases and sessions.</returns>
    public string Next()
    {
        Date = Date.PlusDays(1);
        var day = new Day(Date, next, rentals) { Customers = rentals };
        next += rentals;
        var files = room.Folder("day");
        Evenings.WritePurchases(Path.Combine(files, "purchases.csv"), day);
        Evenings.WriteSessions(Path.Combine(files, "sessions.csv"), day);
        File.WriteAllText(Path.Combine(files, "date"), LocalDatePattern.Iso.Format(Date));
        return files;
    }
}
