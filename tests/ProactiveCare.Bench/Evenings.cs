using System.Globalization;
using System.Text;
using NodaTime;
using NodaTime.Text;

namespace ProactiveCare.Bench;

/// <summary>The sessions of one day.</summary>
/// <param name="Date">The day.</param>
/// <param name="First">The number of its first session; ids follow from it.</param>
/// <param name="Sessions">How many.</param>
internal sealed record Day(LocalDate Date, int First, int Sessions)
{
    /// <summary>The films of a hundred that stall too much.</summary>
    public int DuePercent { get; init; } = 3;

    /// <summary>The sessions of a hundred that belong to a subscription and not to a rental.</summary>
    public int SubscriptionPercent { get; init; }

    /// <summary>The number of customers; the same ones every day.</summary>
    public int Customers { get; init; }

    public bool IsDue(int session) => (session * 7919L % 100) < DuePercent;

    public bool IsRental(int session) => (session * 104_729L % 100) >= SubscriptionPercent;
}

/// <summary>
/// Writes the files that producers would send of a day: every session is one customer's evening with one film, with all
/// the columns that the format has.
/// </summary>
internal static class Evenings
{
    private static readonly string[] Cdns = ["fastlane", "northlight", "edgeway"];
    private static readonly string[] Isps = ["Bell Fibre", "Metro Cable", "Prairie Net", "Coastline"];
    private static readonly string[] Devices = ["tv", "tablet", "phone", "browser"];

    public static string Customer(Day day, int session) => $"c-{session % day.Customers}";

    public static void WriteCustomers(string path, int customers)
    {
        using var file = Open(path, "customer_id,email,name,locale,time_zone,status,plan,currency");
        for (var i = 0; i < customers; i++)
            file.WriteLine($"c-{i},viewer.{i}@example.com,Viewer {i},en-US,America/Chicago,active,family,USD");
    }

    public static void WritePurchases(string path, Day day)
    {
        using var file = Open(
            path, "purchase_id,customer_id,kind,title,amount,currency,purchased_at,payment_ref");
        for (var i = day.First; i < day.First + day.Sessions; i++)
        {
            if (!day.IsRental(i)) continue;
            file.WriteLine($"p-{i},{Customer(day, i)},rental,{Title(i)},{3 + (i % 3)}.99,USD,{Start(day, i)},card-{i}");
        }
    }

    public static void WriteSessions(string path, Day day)
    {
        using var file = Open(path, """
            session_id,customer_id,purchase_id,content_id,title,started_at,ended_at,watch_seconds,stall_seconds,
            stall_count,longest_stall_seconds,last_stall_seconds_before_end,startup_seconds,avg_bitrate_kbps,
            required_kbps,throughput_kbps,startup_failed,failure_cause,cdn,isp,region,device
            """.ReplaceLineEndings(""));
        for (var i = day.First; i < day.First + day.Sessions; i++) file.WriteLine(Session(day, i));
    }

    private static string Session(Day day, int i)
    {
        var due = day.IsDue(i);
        var watched = 1200 + (i * 37 % 6000);
        var (count, stalled) = due ? (6 + (i % 9), watched * 0.06) : (i % 3, (i % 3) * 0.7);
        var longest = stalled / Math.Max(1, count) * 1.5;
        return string.Create(CultureInfo.InvariantCulture, $"""
            {Id(i)},{Customer(day, i)},{(day.IsRental(i) ? $"p-{i}" : "")},m-{i % 5000},{Title(i)},{Start(day, i)},
            {Instant(day, i, watched)},{watched},{stalled:0.0},{count},{longest:0.0},{(count > 0
                ? "240.5" : "")},{0.8 + (i % 7 * 0.2):0.0},{4200 + (i % 900)},3500,{(due ? 2100 : 9800 + (i % 500))},
            false,,{Cdns[i % 3]},{Isps[i % 4]},region-{i % 12},{Devices[i % 4]}
            """).ReplaceLineEndings("");
    }

    // Players draw their ids, so they come in no order.
    private static string Id(int session) =>
        ((ulong)session * 0x9E37_79B9_7F4A_7C15).ToString("x16", CultureInfo.InvariantCulture);

    private static string Title(int session) => $"The Long Evening {session % 5000}";

    private static string Start(Day day, int session) => Instant(day, session, 0);

    private static string Instant(Day day, int session, int seconds) => InstantPattern.General.Format(
        day.Date.AtMidnight().InUtc().ToInstant() + Duration.FromSeconds((session * 13L % 72_000) + seconds));

    private static StreamWriter Open(string path, string header)
    {
        var file = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 16) { NewLine = "\n" };
        file.WriteLine(header);
        return file;
    }
}
