using System.Diagnostics;
using Dapper;
using NodaTime;

namespace ProactiveCare.Bench;

/// <summary>
/// Findings made into durable cases with decision, credit, entries in the books and notice, against the plainest
/// inserts of the same rows.
/// </summary>
internal static class FindingsPart
{
    public static async Task Measure(Room room, Scoreboard board)
    {
        await Measure(room, board, "credited to the account", subscription: 100);
        await Measure(room, board, "refunded through a file", subscription: 0);
        board.Note("Findings: ours is JobRunner.RunDue, detection included, and settlement until every notice is "
            + "queued; billing's own work, writing the answers to refund files, is left out. Theirs inserts the rows "
            + "that this came to with one prepared statement a table, in tables without triggers and foreign keys, 250 "
            + "cases to a transaction; nothing is looked up or decided.");
    }

    private static async Task Measure(Room room, Scoreboard board, string how, int subscription)
    {
        var count = room.Options.Findings;
        var day = new Day(new LocalDate(2026, 3, 14), 1, count)
        {
            DuePercent = 100, SubscriptionPercent = subscription, Customers = count,
        };
        var files = room.Folder("files");
        Evenings.WriteCustomers(Path.Combine(files, "customers.csv"), day.Customers);
        Evenings.WritePurchases(Path.Combine(files, "purchases.csv"), day);
        Evenings.WriteSessions(Path.Combine(files, "sessions.csv"), day);
        PlainInserts? plain = null;
        var medians = await Alternating.Medians(
            room.Options.Times,
            async () =>
            {
                var folder = room.Folder("findings");
                var seconds = await Ours(folder, day, files, db => plain ??= PlainInserts.Of(db));
                Directory.Delete(folder, recursive: true);
                return seconds;
            },
            () => Task.FromResult(plain!.Seconds(room.Folder("findings"))));
        board.Rate($"{count:N0} findings made durable, {how}", count / medians[0], count / medians[1], "/s", 20_000);
    }

    private static async Task<double> Ours(
        string folder, Day day, string files, Action<System.Data.Common.DbConnection> look)
    {
        using var company = await Company.Open(folder, Company.After(day.Date));
        foreach (var kind in new[] { "customers", "purchases", "sessions" })
            if (kind != "purchases" || day.IsRental(1))
                await company.Import(kind, Path.Combine(files, kind + ".csv"));
        var watch = Stopwatch.StartNew();
        await company.Detect();
        await company.Settle();
        watch.Stop();
        company.BillingAnswers();
        watch.Start();
        await company.Settle();
        watch.Stop();
        company.Store.Read(db =>
        {
            var notices = db.ExecuteScalar<int>("SELECT count(*) FROM notice WHERE state = 'queued'");
            if (notices != day.Sessions)
                throw new InvalidOperationException($"{day.Sessions} findings came to {notices} notices.");
            look(db);
            return notices;
        });
        return watch.Elapsed.TotalSeconds;
    }
}
