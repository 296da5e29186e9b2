using System.Collections.Concurrent;
using Npgsql;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests;

/// <summary>
/// The place of the tests' installations: their folder, or for each a database of its own on the throwaway
/// PostgreSQL server that <c>scripts/test</c> names in an environment variable.
/// </summary>
/// <remarks>
/// Making and dropping a database costs more than most tests, so one whose schema a test has left as it was is emptied
/// and taken by the next.
/// </remarks>
internal static class TestDatabase
{
    private const string Variable = "PROACTIVE_CARE_TEST_POSTGRES";

    // Triggers, which refuse to delete rows, do not fire for a replica.
    private const string Emptied =
        """
        SET session_replication_role = replica;
        DO $$
        DECLARE each RECORD;
        BEGIN
          FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'care' AND tablename <> 'migration' LOOP
            EXECUTE format('DELETE FROM care.%I', each.tablename);
          END LOOP;
          FOR each IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'care' AND TRUE LOOP
            EXECUTE format('ALTER SEQUENCE care.%I RESTART', each.sequencename);
          END LOOP;
        END $$;
        INSERT INTO care.arrival (last) VALUES (0);
        """;

    private const string Shape =
        """
        SELECT md5(
          (SELECT string_agg(c.relname || a.attname || a.atttypid || a.attnotnull, ',' ORDER BY c.oid, a.attnum)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'care'::regnamespace AND c.relname NOT LIKE 'qrtz_%')
          || (SELECT string_agg(t.tgname || t.tgenabled, ',' ORDER BY t.oid) FROM pg_trigger t)
          || (SELECT string_agg(number || hash, ',' ORDER BY number) FROM care.migration))
        """;

    private static readonly ConcurrentBag<string> Free = [];
    private static string? shape;

    /// <summary>Connection string of the server's superuser; null when the tests run on SQLite.</summary>
    public static string? Server =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : null;

    /// <summary>A folder whose installation is in a database of its own, where there is a server.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="isNew">Whether its database may not even have the tables of an installation that was there.</param>
    public static DataFolder In(string path, bool isNew = false)
    {
        if (Server is null) return new DataFolder(path);
        if (isNew || !Free.TryTake(out var name))
        {
            name = "t" + Guid.NewGuid().ToString("n");
            Execute("postgres", $"CREATE DATABASE {name}");
            // SQLite's function, for the SQL of tests; the product's own schema stays empty.
            Execute(
                name,
                """
                SET allow_system_table_mods = on;
                CREATE FUNCTION pg_catalog.zeroblob(n INTEGER) RETURNS BYTEA LANGUAGE sql IMMUTABLE
                RETURN decode(repeat('00', n), 'hex');
                """);
        }
        return new DataFolder(path) { Server = new(At(name)) };
    }

    /// <summary>Deletes the folder and releases its database.</summary>
    public static void Delete(DataFolder folder)
    {
        if (Directory.Exists(folder.Path)) Directory.Delete(folder.Path, recursive: true);
        if (folder.Server is not { } database) return;
        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!;
        if (!IsReusable(name)) Execute("postgres", $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    }

    /// <summary>For a test that is about SQLite's file alone.</summary>
    public static void SkipUnlessFile() => Assert.SkipUnless(Server is null, "This is about the file of SQLite.");

    /// <summary>For a test that is about PostgreSQL alone.</summary>
    public static void SkipUnlessServer() => Assert.SkipUnless(
        Server is not null, "This is about PostgreSQL, which 'scripts/test --postgresql' starts.");

    /// <summary>Refuses connections to a folder's database as if its server were down, or accepts them.</summary>
    public static void Answers(DataFolder folder, bool answers)
    {
        var name = new NpgsqlConnectionStringBuilder(folder.Server!.ConnectionString).Database!;
        Execute("postgres", $"ALTER DATABASE {name} ALLOW_CONNECTIONS {answers}");
        Execute("postgres", $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    }

    private static bool IsReusable(string name)
    {
        try
        {
            var now = Execute(name, Shape) as string;
            if (now is null || now != (Interlocked.CompareExchange(ref shape, now, null) ?? now)) return false;
            Execute(name, Emptied);
            Free.Add(name);
            return true;
        }
        catch (PostgresException)
        {
            // The database has no installation.
            return false;
        }
    }

    private static string At(string database) =>
        new NpgsqlConnectionStringBuilder(Server!) { Database = database, MaxPoolSize = 20 }.ToString();

    private static object? Execute(string database, string sql)
    {
        using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(At(database)) { Pooling = false }.ToString());
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }
}
