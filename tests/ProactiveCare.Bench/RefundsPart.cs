using System.Diagnostics;
using Dapper;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Bench;

/// <summary>
/// Findings refunded by one worker on PostgreSQL, beside the same on SQLite. This file and ServerDatabase.cs use only
/// what Company offers, so that <c>scripts/bench --against</c> can measure them at an older commit.
/// </summary>
internal static class RefundsPart
{
    public static async Task Measure(Room room, Scoreboard board)
    {
        if (room.Options.Postgres is not { } superuser)
        {
            board.Note("Refunds on PostgreSQL: left out, no server was given.");
            return;
        }
        var count = room.Options.Findings;
        var day = new Day(new LocalDate(2026, 3, 14), 1, count) { DuePercent = 100, Customers = count };
        var files = room.Folder("files");
        Evenings.WriteCustomers(Path.Combine(files, "customers.csv"), day.Customers);
        Evenings.WritePurchases(Path.Combine(files, "purchases.csv"), day);
        Evenings.WriteSessions(Path.Combine(files, "sessions.csv"), day);
        List<double> decided = [], decidedInFile = [];
        var medians = await Alternating.Medians(
            room.Options.Times,
            async () =>
            {
                await using var database = await ServerDatabase.Create(superuser);
                return await Seconds(room, day, files, database.Server, decided);
            },
            () => Seconds(room, day, files, null, decidedInFile));
        // The first round warms the compiler and the caches.
        board.Rates($"{count:N0} findings decided as refunds on PostgreSQL, one worker: SQLite",
            count / Alternating.Median([.. decided.Skip(1)]), count / Alternating.Median([.. decidedInFile.Skip(1)]),
            "/s", null);
        board.Rates($"{count:N0} findings refunded on PostgreSQL, one worker: SQLite",
            count / medians[0], count / medians[1], "/s", null);
        board.Note("Refunds on PostgreSQL: decided is one run, detection included, until every finding has its case "
            + "and its credit; refunded adds settlement until every notice is queued, without billing's own work. "
            + "Theirs is the same on SQLite.");
    }

    private static async Task<double> Seconds(
        Room room, Day day, string files, PostgresServer? server, List<double> decided)
    {
        var folder = room.Folder("refunds");
        double refunded;
        using (var company = await Company.Open(folder, Company.After(day.Date), null, server))
        {
            foreach (var kind in new[] { "customers", "purchases", "sessions" })
                await company.Import(kind, Path.Combine(files, kind + ".csv"));
            var watch = Stopwatch.StartNew();
            await company.Detect();
            decided.Add(watch.Elapsed.TotalSeconds);
            await company.Settle();
            watch.Stop();
            company.BillingAnswers();
            watch.Start();
            await company.Settle();
            watch.Stop();
            refunded = watch.Elapsed.TotalSeconds;
            var queued = company.Store.Read(db => db.ExecuteScalar<int>(
                "SELECT count(*) FROM notice WHERE state = 'queued' AND event = 'refunded'"));
            if (queued != day.Sessions)
                throw new InvalidOperationException($"{day.Sessions} findings came to {queued} notices of refunds.");
        }
        Directory.Delete(folder, recursive: true);
        return refunded;
    }
}
