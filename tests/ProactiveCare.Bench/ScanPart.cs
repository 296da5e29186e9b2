using System.Diagnostics;
using System.Globalization;
using NodaTime;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Bench;

/// <summary>The shipped statement, contained in the product and plain in the sqlite3 program.</summary>
internal static class ScanPart
{
    public static async Task Measure(Room room, Scoreboard board)
    {
        var rows = room.Options.Rows;
        var day = new Day(new LocalDate(2026, 3, 14), 1, rows)
        {
            SubscriptionPercent = 20, Customers = Math.Max(1, rows / 3),
        };
        var files = room.Folder("files");
        Evenings.WriteSessions(Path.Combine(files, "sessions.csv"), day);
        Evenings.WritePurchases(Path.Combine(files, "purchases.csv"), day);
        using var company = await Company.Open(room.Folder("scan"), Company.After(day.Date));
        await company.Import("purchases", Path.Combine(files, "purchases.csv"));
        await company.Import("sessions", Path.Combine(files, "sessions.csv"));
        var (job, run) = company.Store.Read(db =>
        {
            var due = company.Product.Book.Due(db, Company.Job)[0];
            return (due.Job, Runs.Planned(db, due.Job, due.Mode, "schedule", company.Now) with { After = 0 });
        });
        var found = 0;
        var script = Script(company, (SqlDetector)job.Detect, run);
        var (_, lines) = await Programs.Run("sqlite3", ["-batch", "-readonly", company.Folder.Database], script);
        var medians = await Alternating.Medians(
            room.Options.Times,
            () =>
            {
                var watch = Stopwatch.StartNew();
                found = JobRunner.Find(company.Store, job, run, TimeProvider.System).Count;
                return Task.FromResult(watch.Elapsed.TotalSeconds);
            },
            async () => (await Programs.Run("sqlite3", ["-batch", "-readonly", company.Folder.Database],
                ".output /dev/null\n" + script)).Seconds);
        var theirs = lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        if (theirs != found)
            throw new InvalidOperationException($"The scan found {found} of ours and {theirs} of theirs.");
        board.Rates($"detection scan over {rows:N0} sessions, {found:N0} found", rows / medians[0], rows / medians[1],
            "rows/s", 0.9);
        board.Note("Scan: the shipped detect.sql of slow-video-stream with the same parameters on the same file, warm. "
            + "Ours includes the authorizer, the time-out, and every row as a finding with its evidence in JSON; "
            + "theirs writes to /dev/null. The two SQLite versions differ, see above.");
    }

    private static string Script(Company company, SqlDetector detector, Run run)
    {
        var parameters = new Dictionary<string, object>(detector.Parameters)
        {
            ["after"] = run.After,
            ["upto"] = run.Upto,
            ["settled"] = (company.Now - detector.Settle).ToUnixTimeMilliseconds(),
        };
        var set = parameters.Select(p =>
            string.Create(CultureInfo.InvariantCulture, $".parameter set @{p.Key} {p.Value}\n"));
        return ".parameter init\n" + string.Concat(set) + detector.Sql + ";\n";
    }
}
