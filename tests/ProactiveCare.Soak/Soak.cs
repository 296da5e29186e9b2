using System.Data.Common;
using NodaTime;
using ProactiveCare.Cases;
using ProactiveCare.Demo;
using ProactiveCare.Ledger;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Worker;

namespace ProactiveCare.Soak;

/// <summary>The parameters of a soak.</summary>
/// <param name="Folder">An empty folder.</param>
/// <param name="ShippedJobs">Where the shipped jobs lie.</param>
/// <param name="Customers">How many customers the company has.</param>
/// <param name="WarmUp">
/// Hours before the figures count: until a day's mails, which caps look at, have left and retention begins to delete.
/// </param>
/// <param name="Hours">Hours whose figures count.</param>
/// <param name="Seed">What chance is drawn from.</param>
internal sealed record SoakRequest(
    DataFolder Folder, string ShippedJobs, int Customers, int WarmUp, int Hours, int Seed)
{
    public Instant Start { get; init; } = Instant.FromUtc(2024, 12, 8, 0, 0);

    /// <summary>The retention of telemetry, and the time that a job waits for rows that have not arrived.</summary>
    public int KeptHours { get; init; } = 12;

    /// <summary>The day's budget of a job in pesos: too small, so that held credits pile up, by choice.</summary>
    public string Pesos { get; init; } = "600.00";
}

/// <summary>The result of a soak.</summary>
internal sealed record SoakResult(
    IReadOnlyList<Hour> Hours, LedgerReport Books, int Replayed, int Mismatches, IReadOnlyList<string> Troubles);

/// <summary>Runs the company through equal hours.</summary>
internal static class Soak
{
    public static async Task<SoakResult> Run(SoakRequest request, Action<Hour> passed, CancellationToken stop)
    {
        var folder = request.Folder;
        DemoFolder.WriteJobs(folder, request.ShippedJobs);
        Adjust(request);
        DemoFolder.WriteSettings(folder);
        var clock = new StandingTime(request.Start);
        Installation.Create(folder, simulated: true, clock, new Random(request.Seed));
        using var meter = StatementMeter.Watch(folder.Database);
        using var store = Store.Open(folder, clock);
        await using var relay = new BusyRelay(new Random(request.Seed));
        var product = new CareServices(
            store, new CareSettings(folder.Inside("jobs"), true, Notices(), [])
            {
                Cron = ScheduleWords.Rules,
                BillingReadsLedger = true,
            },
            relay, clock,
            new Random(request.Seed));
        if ((await product.Intake.ReadAll()).SelectMany(load => load.Problems).FirstOrDefault() is { } problem)
            throw new InvalidOperationException(problem.ToString());
        var world = new World(request.Customers, request.Seed, request.Start);
        var shift = new Shift(product, world, clock, stop);
        await shift.Begin(Duration.FromHours(request.KeptHours));
        var hours = new List<Hour>();
        var measured = new Measured(store, shift);
        for (var hour = 0; hour < request.WarmUp + request.Hours; hour++)
        {
            world.Live(hour);
            await shift.Live(request.Start + Duration.FromHours(hour + 1));
            hours.Add(measured.Next(hour + 1, clock.Now));
            passed(hours[^1]);
        }
        return store.Read(db => Judge(db, product, hours, shift));
    }

    private static SoakResult Judge(DbConnection db, CareServices product, List<Hour> hours, Shift shift)
    {
        var mismatches = DecisionLog.Replay(db, product.Book, null, out var replayed);
        return new SoakResult(hours, BooksCheck.Run(db), replayed, mismatches.Count, shift.Troubles);
    }

    // Budgets of the size of the company. What a job looks back over is as short as what is kept.
    private static void Adjust(SoakRequest request)
    {
        var look = $"look: {request.KeptHours}h";
        foreach (var file in Directory.GetFiles(request.Folder.Inside("jobs"), "job.yaml", SearchOption.AllDirectories))
        {
            var yaml = File.ReadAllText(file)
                .Replace("150.00 USD, 150.00 EUR", "900000.00 USD, 900000.00 EUR", StringComparison.Ordinal)
                .Replace("1500.00 USD, 1500.00 EUR", "900000.00 USD, 900000.00 EUR", StringComparison.Ordinal)
                .Replace("9000.00 MXN", $"{request.Pesos} MXN", StringComparison.Ordinal)
                .Replace("look: 14d", look, StringComparison.Ordinal)
                .Replace("look: 1d", look, StringComparison.Ordinal);
            File.WriteAllText(file, yaml);
        }
    }

    private static NoticeSettings Notices() => new()
    {
        From = EmailAddress.Parse($"care@{Company.Domain}", Company.Name),
        ReplyTo = EmailAddress.Parse($"people@{Company.Domain}", Company.Name),
        Company = Company.Name,
        Domain = Company.Domain,
        TimeZone = Company.Zone,
    };
}

/// <summary>Collects the figures of each hour.</summary>
internal sealed class Measured(Store store, Shift shift)
{
    private Stored stored = new(0, 0, 0, 0, 0, 0);
    private IReadOnlyDictionary<string, StatementWork> counted = StatementMeter.Counted();
    private TimeSpan cpu = Environment.CpuUsage.TotalTime;

    public Hour Next(int number, Instant now)
    {
        var (works, used) = (StatementMeter.Counted(), Environment.CpuUsage.TotalTime);
        var (queues, there) = store.Read(db => (Queues.Of(db, now), Stored.Of(db)));
        var hour = new Hour
        {
            Number = number,
            Came = there - stored,
            Queues = queues,
            Chores = shift.Times.Reap(),
            Statements =
            [
                .. works.Values.Select(w => counted.TryGetValue(w.Sql, out var before) ? w - before : w)
                    .Where(w => w.Executions > 0),
            ],
            Cpu = (used - cpu).TotalSeconds,
            Sizes = Sizes.Now(store.Folder),
        };
        // The statements that count the figures are excluded.
        (stored, counted, cpu) = (there, StatementMeter.Counted(), Environment.CpuUsage.TotalTime);
        return hour;
    }
}
