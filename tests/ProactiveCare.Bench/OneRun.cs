using System.Diagnostics;
using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace ProactiveCare.Bench;

/// <summary>Seconds of a day: those of its imports, and those of the work that follows.</summary>
internal sealed record Spent(double Import, double Run)
{
    public double All => Import + Run;
}

/// <summary>A day of a company in a process of its own, so that its memory can be measured.</summary>
internal static class OneRun
{
    public const string Verb = "one-run";

    /// <summary>
    /// Runs the days in folders, of which the first warms the compiler; prints the medians of what the others spent,
    /// and the peak memory in MB.
    /// </summary>
    public static async Task<int> Start(IReadOnlyList<string> arguments)
    {
        var spent = new List<Spent>();
        using (var company = await Company.Open(arguments[0], Company.After(DateOf(arguments[1]))))
            foreach (var files in arguments.Skip(1)) spent.Add(await Live(company, files));
        var peak = File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ')[^2];
        Console.Write(string.Create(CultureInfo.InvariantCulture, $"{Median(day => day.Import)} {
            Median(day => day.Run)} {int.Parse(peak, CultureInfo.InvariantCulture) / 1024}"));
        return 0;

        double Median(Func<Spent, double> figure) => Alternating.Median([.. spent.Skip(1).Select(figure)]);
    }

    /// <summary>The work of a day, until its last mail is sent.</summary>
    /// <returns>Billing's own work is left out.</returns>
    public static async Task<Spent> Live(Company company, string files)
    {
        company.Now = Company.After(DateOf(files));
        var watch = Stopwatch.StartNew();
        await company.Import("purchases", Path.Combine(files, "purchases.csv"));
        await company.Import("sessions", Path.Combine(files, "sessions.csv"));
        var imported = watch.Elapsed.TotalSeconds;
        await company.Detect();
        await company.Settle();
        watch.Stop();
        company.BillingAnswers();
        watch.Start();
        await company.Product.RunOnce(CancellationToken.None);
        watch.Stop();
        Directory.Delete(files, recursive: true);
        return new Spent(imported, watch.Elapsed.TotalSeconds - imported);
    }

    private static LocalDate DateOf(string files) =>
        LocalDatePattern.Iso.Parse(File.ReadAllText(Path.Combine(files, "date"))).Value;
}
