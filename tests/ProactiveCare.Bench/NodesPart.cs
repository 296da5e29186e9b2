using System.Diagnostics;
using Dapper;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Bench;

/// <summary>The same findings decided by one, two and four workers that share a PostgreSQL database.</summary>
internal static class NodesPart
{
    private static readonly int[] Nodes = [1, 2, 4];

    public static async Task Measure(Room room, Scoreboard board)
    {
        if (room.Options.Postgres is not { } superuser)
        {
            board.Note("PostgreSQL: left out, no server was given.");
            return;
        }
        var count = room.Options.Findings;
        var day = new Day(new LocalDate(2026, 3, 14), 1, count)
        {
            DuePercent = 100, SubscriptionPercent = 100, Customers = count,
        };
        var files = room.Folder("files");
        Evenings.WriteCustomers(Path.Combine(files, "customers.csv"), day.Customers);
        Evenings.WriteSessions(Path.Combine(files, "sessions.csv"), day);
        var file = (await Seconds(room, day, files, null, 1)).All;
        var limits = new List<string>();
        foreach (var nodes in Nodes)
        {
            await using var database = await ServerDatabase.Create(superuser);
            var (seconds, limit) = await Seconds(room, day, files, database.Server, nodes);
            var workers = $"{nodes} worker{(nodes == 1 ? "" : "s")}";
            limits.Add($"with {workers} {limit}");
            board.Rates(
                $"{count:N0} findings found and decided on PostgreSQL, {workers}: SQLite",
                count / seconds, count / file, "/s", null);
        }
        board.Note("PostgreSQL: ours is one run from its start until its last shard is decided, by workers of one "
            + "process that each have a store of their own; the server is on this machine, so that they share its "
            + "cores with it. Theirs is one worker on SQLite in the same run of the bench. Where the limit is, of the "
            + $"time in which a transaction is open: {string.Join("; ", limits)}.");
    }

    private static async Task<(double All, string Limit)> Seconds(
        Room room, Day day, string files, PostgresServer? server, int nodes)
    {
        var companies = new List<Company>();
        try
        {
            for (var node = 1; node <= nodes; node++)
                companies.Add(await Company.Open(room.Folder("nodes"), Company.After(day.Date), null, server));
            foreach (var kind in new[] { "customers", "sessions" })
                await companies[0].Import(kind, Path.Combine(files, kind + ".csv"));
            await using var waits = server is null ? null : new ServerWaits(server);
            var watch = Stopwatch.StartNew();
            var others = companies.Skip(1).Select(company => Task.Run(() => GoOn(company))).ToList();
            await companies[0].Detect();
            await Task.WhenAll(others.Append(GoOn(companies[0])));
            var seconds = watch.Elapsed.TotalSeconds;
            var limit = waits is null ? "" : await waits.Stop();
            var decided = companies[0].Store.Read(db => db.ExecuteScalar<int>("SELECT count(*) FROM credit"));
            return decided == day.Sessions
                ? (seconds, limit)
                : throw new InvalidOperationException($"{day.Sessions} findings came to {decided} credits.");
        }
        finally
        {
            companies.ForEach(company => company.Dispose());
        }
    }

    private static async Task GoOn(Company company)
    {
        while (company.Store.Read(db => db.ExecuteScalar<int>(
            "SELECT count(*) FROM run WHERE state = 'completed' AND found > 0")) == 0)
        {
            await company.Product.Runner.RunOnce(CancellationToken.None);
            await Task.Delay(20);
        }
    }
}
