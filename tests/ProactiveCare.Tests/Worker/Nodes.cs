using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Tests.Worker;

/// <summary>
/// Workers that share the triggers of one database on a real server. The test counts the triggered work;
/// each worker has its own data folder.
/// </summary>
internal sealed class Nodes : IAsyncDisposable
{
    private readonly NpgsqlDataSource server;
    private readonly NpgsqlDataSource database;
    private readonly string name;
    private readonly List<Node> nodes = [];

    private Nodes(string connection, string name)
    {
        this.name = name;
        server = NpgsqlDataSource.Create(connection);
        Connection = new NpgsqlConnectionStringBuilder(connection) { Database = name };
        database = NpgsqlDataSource.Create(Connection);
    }

    private NpgsqlConnectionStringBuilder Connection { get; }

    /// <summary>The fired triggers, with node and time.</summary>
    public ConcurrentQueue<(string Node, JobId Job, Instant At)> Woken { get; } = new();

    /// <summary>The schedules of the jobs, as every node reads them.</summary>
    public IReadOnlyList<JobClock> Jobs { get; set; } = [];

    /// <summary>The work of a triggered job.</summary>
    public Func<JobId, CancellationToken, Task> Run { get; set; } = (_, _) => Task.CompletedTask;

    public static async Task<Nodes> New()
    {
        var connection = Environment.GetEnvironmentVariable("PROACTIVE_CARE_TEST_POSTGRES");
        Assert.SkipUnless(connection is not null, "PROACTIVE_CARE_TEST_POSTGRES names no server.");
        var all = new Nodes(connection!, "pca_" + Guid.NewGuid().ToString("n")[..12]);
        await Tell(all.server, $"CREATE DATABASE {all.name}");
        await Tell(all.database, "CREATE SCHEMA care");
        return all;
    }

    public static JobClock Clock(string id, string cron) => new(new JobId(id), cron, DateTimeZone.Utc, null);

    public int Count(string job, string? node = null) =>
        Woken.Count(each => each.Job.Value == job && (node is null || each.Node == node));

    /// <summary>Starts a worker, which reaches the database as a user of its own.</summary>
    public async Task Start(string node)
    {
        var user = $"{name}_{node}";
        await Tell(database, $"CREATE ROLE {user} LOGIN SUPERUSER PASSWORD '{Connection.Password}'");
        var started = new Node(this, node, new NpgsqlConnectionStringBuilder(Connection.ConnectionString)
        {
            Username = user,
        });
        lock (nodes) nodes.Add(started);
        await started.App.StartAsync();
    }

    /// <summary>Asks a worker to stop.</summary>
    public Task Stop(string node) => nodes.Single(each => each.Name == node).App.StopAsync();

    /// <summary>Whether a worker has begun to end by itself.</summary>
    public bool IsEnding(string node) => nodes.Single(each => each.Name == node).App.Lifetime.ApplicationStopping
        .IsCancellationRequested;

    /// <summary>Removes a worker as far as the others can observe.</summary>
    public Task CutOff(string node) => Tell(
        database,
        $"""
        ALTER ROLE {name}_{node} NOLOGIN;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{name}_{node}'
        """);

    /// <summary>The versions of the rows that hold the triggers.</summary>
    public async Task<IReadOnlyList<string>> Triggers()
    {
        await using var command = database.CreateCommand(
            """
            SELECT trigger_name || ' ' || cron_expression || ' ' || t.xmin || ' ' || t.ctid
            FROM care.qrtz_triggers t JOIN care.qrtz_cron_triggers USING (sched_name, trigger_name, trigger_group)
            ORDER BY trigger_name
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        return rows;
    }

    /// <summary>Changes their database.</summary>
    public Task Execute(string sql) => Tell(database, sql);

    public async ValueTask DisposeAsync()
    {
        // One that is cut off would wait for its database.
        foreach (var node in nodes) await Tell(database, $"ALTER ROLE {name}_{node.Name} LOGIN");
        foreach (var node in nodes) await node.DisposeAsync();
        await database.DisposeAsync();
        await Tell(server, $"DROP DATABASE {name} WITH (FORCE)");
        foreach (var node in nodes) await Tell(server, $"DROP ROLE {name}_{node.Name}");
        await server.DisposeAsync();
    }

    private static async Task Tell(NpgsqlDataSource to, string words)
    {
        await using var command = to.CreateCommand(words);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Node : IAsyncDisposable
    {
        private readonly Desk desk = new();
        private readonly Store store;
        private readonly WorkerTasks tasks;

        public Node(Nodes all, string name, NpgsqlConnectionStringBuilder connection)
        {
            Name = name;
            desk.Run("db init");
            var settings = SettingsFile.Load(desk.Path, null, null, null) with
            {
                Urls = [],
                Node = name,
                Server = new PostgresServer(connection.ConnectionString),
            };
            store = Store.Open(desk.Folder, TimeProvider.System);
            var product = new CareServices(
                store, settings.Product, new MailFolder(Path.Combine(desk.Path, "outbox")), TimeProvider.System,
                Random.Shared);
            tasks = new WorkerTasks(product, settings, NullLogger.Instance)
            {
                Jobs = new TriggeredJobs(() => all.Jobs, (job, stop) =>
                {
                    all.Woken.Enqueue((name, job, Time.Now(TimeProvider.System)));
                    return all.Run(job, stop);
                }),
                ReloadJobs = _ => Task.CompletedTask,
                Periodic = [],
            };
            App = WorkerHost.Build(tasks, TimeProvider.System, NullLoggerFactory.Instance);
        }

        public string Name { get; }

        public WebApplication App { get; }

        public async ValueTask DisposeAsync()
        {
            await App.StopAsync();
            await App.DisposeAsync();
            tasks.Dispose();
            store.Dispose();
            desk.Dispose();
        }
    }
}
