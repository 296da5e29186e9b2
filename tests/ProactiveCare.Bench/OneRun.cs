using System.Diagnostics;
using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace ProactiveCare.Bench;

/// <summary>A day of a company in a process of its own, so that its memory can be told.</summary>
internal static class OneRun
{
    public const string Verb = "one-run";

    /// <summary>Lives the days in folders; prints the seconds of the last one and the peak memory in MB.</summary>
    public static async Task<int> Start(IReadOnlyList<string> arguments)
    {
        var seconds = 0.0;
        using (var company = await Company.Open(arguments[0], Company.After(DateOf(arguments[1]))))
            foreach (var files in arguments.Skip(1)) seconds = await Live(company, files);
        var peak = File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ')[^2];
        Console.Write(string.Create(CultureInfo.InvariantCulture, $"{seconds} {int.Parse(peak,
            CultureInfo.InvariantCulture) / 1024}"));
        return 0;
    }

    /// <summary>Everything that a day brings, until its last mail has left.</summary>
    /// <returns>The seconds that it took, billing's own work left out.</returns>
    public static async Task<double> Live(Company company, string files)
    {
        company.Now = Company.After(DateOf(files));
        var watch = Stopwatch.StartNew();
        await company.Import("purchases", Path.Combine(files, "purchases.csv"));
        await company.Import("sessions", Path.Combine(files, "sessions.csv"));
        await company.Detect();
        await company.Settle();
        watch.Stop();
        company.BillingAnswers();
        watch.Start();
        await company.Product.GoOn(CancellationToken.None);
        watch.Stop();
        Directory.Delete(files, recursive: true);
        return watch.Elapsed.TotalSeconds;
    }

    private static LocalDate DateOf(string files) =>
        LocalDatePattern.Iso.Parse(File.ReadAllText(Path.Combine(files, "date"))).Value;
}
