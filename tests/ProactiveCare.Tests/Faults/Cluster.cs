using System.Data.Common;
using Dapper;
using Npgsql;
using ProactiveCare.Storage;
using ProactiveCare.Tests.Worker;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Tests.Faults;

/// <summary>
/// A film shop on several workers: one database, one folder of jobs and one of refund files, one mail relay; customers,
/// billing and the relay keep running whatever happens to the workers and the server.
/// </summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly CancellationTokenSource closed = new();
    private readonly Task billing;

    private Cluster(PostgresServer database, int workers, bool scarce)
    {
        Database = database;
        Desk = new Desk(isNew: false, database) { OsUser = OsUsers.Current };
        Billing = new PayingOnce(Desk.Folder, Path.Combine(Desk.Path, "billing"));
        var connection = System.Text.Json.JsonSerializer.Serialize(database.ConnectionString);
        Desk.File("appsettings.json", $$"""
            { "Company": { "Name": "Kino", "ReplyTo": "care@kino.example" },
              "Jobs": { "Activation": "auto" }, "Refunds": { "Folder": "data/refunds" },
              "Database": { "Provider": "PostgreSql", "ConnectionString": {{connection}} },
              "Notices": { "QuietFrom": "00:00", "QuietTo": "00:00", "DailyCap": 1000, "Lease": "10s",
                "Smtp": { "Host": "127.0.0.1", "Port": {{Relay.Port}}, "Security": "none" } } }
            """);
        CopyJob("slow-video-stream", scarce ? "120.00 USD" : "100000.00 USD");
        CopyJob("failed-video-start", scarce ? "10.00 USD" : "100000.00 USD");
        for (var i = 1; i <= workers; i++) Nodes.Add(new ClusterNode(Desk, $"node-{i}"));
        billing = Pay();
    }

    public PostgresServer Database { get; }

    public Desk Desk { get; }

    public List<ClusterNode> Nodes { get; } = [];

    public CountingRelay Relay { get; } = new();

    public PayingOnce Billing { get; }

    public ClusterLoad Load { get; private set; } = null!;

    /// <summary>Makes the installation, starts the workers and waits until they run.</summary>
    /// <param name="database">An empty database.</param>
    /// <param name="workers">How many.</param>
    /// <param name="scarce">Whether the budgets run out soon.</param>
    public static async Task<Cluster> Open(PostgresServer database, int workers, bool scarce)
    {
        var cluster = new Cluster(database, workers, scarce);
        var made = await cluster.Desk.Type("db init");
        Assert.True(made.Code == 0, made.Error);
        var key = (await cluster.Desk.Type("producers add player --json")).Json.GetProperty("key").GetString()!;
        cluster.Load = new ClusterLoad(cluster.Desk, [.. cluster.Nodes.Select(node => node.Url)], key);
        foreach (var node in cluster.Nodes) node.Start();
        for (var i = 0; i < 1200 && !cluster.Nodes.TrueForAll(node => node.Runs); i++) await Task.Delay(100);
        return cluster;
    }

    public T Look<T>(Func<DbConnection, T> query)
    {
        using var store = Store.OpenReadOnly(Desk.Folder);
        return store.Read(query);
    }

    /// <summary>Reads from a server that may be down.</summary>
    public T? TryLook<T>(Func<DbConnection, T> query, T? otherwise = default)
    {
        try
        {
            return Look(query);
        }
        catch (Exception e) when (e is NpgsqlException or StorageException or InvalidOperationException)
        {
            return otherwise;
        }
    }

    /// <summary>Restarts every worker and waits until all run and are idle.</summary>
    /// <returns>What still moves after all patience.</returns>
    public async Task<string> Settle(TimeSpan patience)
    {
        foreach (var node in Nodes) node.Return();
        var until = DateTime.UtcNow + patience;
        string moves;
        do
        {
            await Task.Delay(200);
            foreach (var node in Nodes) node.Tend();
            moves = TryLook(OutsideWorld.Moves, "the server is away")!;
        }
        while ((moves.Length > 0 || !Nodes.TrueForAll(node => node.Runs)) && DateTime.UtcNow < until);
        return moves;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) node.Dispose();
        await closed.CancelAsync();
        await billing;
        await Relay.DisposeAsync();
        Load?.Dispose();
        closed.Dispose();
        NpgsqlConnection.ClearAllPools();
        Desk.Dispose();
    }

    private async Task Pay()
    {
        while (!closed.IsCancellationRequested)
        {
            Billing.Work();
            await Task.Delay(100, CancellationToken.None);
        }
    }

    // Every two seconds, and of what has been quiet for a moment. What did not start is made good on the account.
    private void CopyJob(string name, string budget) => Desk.CopyJob(name, (key, line) => key switch
    {
        "cron" => "  cron: \"0/2 * * * * ?\"",
        "settle" => "  settle: 1s",
        "budget" => $"  budget: {{ amount: [{budget}], per: day }}",
        "refund" when name == "failed-video-start" => "  credit: [1.50 USD]",
        "otherwise" when name == "failed-video-start" => "",
        _ => line,
    });
}
