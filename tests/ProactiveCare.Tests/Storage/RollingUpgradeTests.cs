using System.Data.Common;
using System.Globalization;
using Dapper;
using Npgsql;
using ProactiveCare.Storage;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Storage.Sqlite;

namespace ProactiveCare.Tests.Storage;

/// <summary>An old and a new version of the program on one database.</summary>
public sealed class RollingUpgradeTests : IDisposable
{
    private const string More = "ALTER TABLE actor ADD COLUMN shoe_size BIGINT";
    private const string Add = "INSERT INTO actor (kind, name, created_at) VALUES ('gateway', ?1, 0)";

    private readonly Installed here;

    public RollingUpgradeTests()
    {
        TestDatabase.SkipUnlessServer();
        here = new Installed();
    }

    public void Dispose() => here.Dispose();

    [Fact]
    public async Task Compatible_step_leaves_the_old_version_running()
    {
        var old = here.Store;
        // Repeat until the server has prepared the statements of the old version.
        for (var i = 0; i < 4; i++) await Work(old, $"before {i}");
        using (var @new = PostgresStore.OpenForWriting(here.Folder, here.Clock, Known(Compatible())))
        {
            await @new.Write(db => db.Execute("UPDATE actor SET shoe_size = 43"));
            for (var i = 0; i < 4; i++) await Work(old, $"beside {i}");
            await Work(@new, "new");
        }
        here.Reopen();
        await Work(here.Store, "restarted");
        using var reader = Store.OpenReadOnly(here.Folder);
        Assert.Equal(10, reader.Read(Count));
        Assert.Equal(4, reader.Read(db => db.ExecuteScalar<long>("SELECT COUNT(shoe_size) FROM actor")));
    }

    [Fact]
    public async Task Incompatible_step_stops_the_old_version_before_it_writes()
    {
        var old = here.Store;
        for (var i = 0; i < 4; i++) await Work(old, $"before {i}");
        using var @new = PostgresStore.OpenForWriting(here.Folder, here.Clock, Known(Breaking()));
        foreach (var refused in new[]
        {
            await Assert.ThrowsAsync<LeftBehindException>(() => Work(old, "late")),
            await Assert.ThrowsAsync<LeftBehindException>(() => old.Share(db => db.Run(Add, "later"))),
            Assert.Throws<LeftBehindException>(() => old.Read(Count)),
            Assert.Throws<LeftBehindException>(() => Store.OpenReadOnly(here.Folder)),
            Assert.Throws<LeftBehindException>(() => Store.Open(here.Folder, here.Clock)),
        })
            Assert.Contains("newer version of ProactiveCare", refused.Message);
        Assert.Contains("newer version", old.Trouble);
        Assert.Equal(4, @new.Read(Count));
        await Work(@new, "new");
        Assert.Equal(5, @new.Read(Count));
    }

    [Fact]
    public async Task Concurrent_starts_of_new_versions_apply_a_step_once()
    {
        using var go = new Barrier(4);
        var known = Known(Step("-- works with", More + "; SELECT pg_sleep(0.2)"));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Factory.StartNew(
            () =>
            {
                go.SignalAndWait();
                using var store = PostgresStore.OpenForWriting(here.Folder, here.Clock, known);
                store.Write(db => db.Run(Add, $"node {i}")).GetAwaiter().GetResult();
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        using var after = PostgresStore.OpenForReading(here.Folder, known);
        Assert.Equal(4, after.Read(Count));
        Assert.Equal(1, after.Read(db => db.ExecuteScalar<long>("SELECT COUNT(*) FROM migration WHERE number = 9901")));
    }

    [Fact]
    public async Task Killed_step_leaves_the_old_schema_whole()
    {
        await Work(here.Store, "before");
        var known = Known(Step("-- breaks", More + "; SELECT pg_sleep(600)"));
        var step = Task.Factory.StartNew(
            () => PostgresStore.OpenForWriting(here.Folder, here.Clock, known).Dispose(),
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (!step.IsCompleted && Server(
            """
            SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event = 'PgSleep'
            """) is 0L)
        {
            await Task.Yield();
        }
        var ended = await Assert.ThrowsAsync<StorageException>(() => step);
        Assert.Contains("ended the connection", ended.Message);
        await Work(here.Store, "after");
        Assert.Equal(2, here.Read(Count));
        Assert.Equal(0L, Server("SELECT COUNT(*) FROM care.migration WHERE number = 9901"));
        Assert.Equal(0L, Server("SELECT COUNT(*) FROM pg_attribute WHERE attname = 'shoe_size'"));
        using var again = PostgresStore.OpenForWriting(here.Folder, here.Clock, Known(Breaking()));
        Assert.Equal(2, again.Read(Count));
    }

    private static Migration Compatible() => Step("-- works with", More);

    private static Migration Breaking() => Step("-- breaks", More);

    private static Migration Step(string first, string sql) => Migrations.Of(
        "9901_more.postgresql.sql",
        string.Create(CultureInfo.InvariantCulture, $"{first} {Migrations.Postgres.Newest:0000}\n\n{sql}"));

    private static Migrations Known(Migration more) => Migrations.Postgres.With(more);

    private static Task Work(Store store, string name) => store.Write(db => db.Run(Add, name));

    private static long Count(DbConnection db) =>
        db.ExecuteScalar<long>("SELECT COUNT(*) FROM actor WHERE kind = 'gateway'");

    private object? Server(string sql)
    {
        var unpooled =
            new NpgsqlConnectionStringBuilder(here.Folder.Server!.ConnectionString) { Pooling = false };
        using var connection = new NpgsqlConnection(unpooled.ToString());
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }
}

/// <summary>A program that is older than the file it is given.</summary>
public sealed class DowngradeTests : IDisposable
{
    private readonly Installed here = Installed.InFile();

    public void Dispose() => here.Dispose();

    [Theory]
    [InlineData("-- works with", true)]
    [InlineData("-- breaks", false)]
    public async Task Older_program_opens_a_newer_file_only_if_the_newer_one_allowed_it(string first, bool may)
    {
        var step = Migrations.Of("9901_more.sql", string.Create(
            CultureInfo.InvariantCulture,
            $"{first} {Migrations.Sqlite.Newest:0000}\n\nALTER TABLE actor ADD COLUMN shoe_size INTEGER"));
        using (SqliteStore.OpenForWriting(here.Folder, here.Clock, Migrations.Sqlite.With(step)))
            Assert.Single(Directory.GetFiles(here.Folder.Inside("backups")));
        if (may)
        {
            await here.Store.Write(db => db.Execute(
                "INSERT INTO actor (kind, name, created_at) VALUES ('gateway', 'g', 0)"));
            using var reader = Store.OpenReadOnly(here.Folder);
            Assert.Equal(1, reader.Read(db => db.ExecuteScalar<long>("SELECT COUNT(*) FROM actor")));
            return;
        }
        foreach (var refused in new[]
        {
            Assert.Throws<LeftBehindException>(() => Store.OpenReadOnly(here.Folder)),
            Assert.Throws<LeftBehindException>(() => Store.Open(here.Folder, here.Clock)),
        })
            Assert.Contains("newer version of ProactiveCare", refused.Message);
        Assert.False(here.Folder.IsHeld());
    }
}
