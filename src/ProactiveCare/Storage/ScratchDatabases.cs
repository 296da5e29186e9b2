using Npgsql;

namespace ProactiveCare.Storage;

/// <summary>
/// Databases that hold no installation yet, each a copy of one with the schema, on the server of an installation whose
/// own database they leave alone. They are gone when this is disposed of; what a crash leaves is called care_scratch_….
/// </summary>
public sealed class ScratchDatabases : IDisposable
{
    private const string May =
        "SELECT rolsuper OR (rolcreatedb AND rolcreaterole) FROM pg_roles WHERE rolname = current_user";

    private const string Draw = "SELECT 'care_scratch_' || left(md5(gen_random_uuid()::text), 12)";

    private readonly PostgresServer server;
    private readonly string template;
    private readonly List<string> made = [];

    private ScratchDatabases(PostgresServer server)
    {
        this.server = server;
        template = (string)Ask(server, Draw)!;
        Ask(server, $"CREATE DATABASE {template}");
        made.Add(template);
    }

    /// <summary>Prepares such databases.</summary>
    /// <param name="beside">The installation's database.</param>
    /// <param name="time">The clock.</param>
    /// <param name="finish">What else every one of them has, made in the first.</param>
    /// <returns>Null where the user of the connection string may make no databases or no roles.</returns>
    /// <exception cref="StorageException">The server cannot be reached, or did not do it.</exception>
    public static ScratchDatabases? On(PostgresServer beside, TimeProvider time, Action<PostgresServer> finish)
    {
        // A database that somebody is connected to is not copied.
        var unpooled = new PostgresServer(
            new NpgsqlConnectionStringBuilder(beside.ConnectionString) { Pooling = false }.ToString());
        if (Ask(unpooled, May) is not true) return null;
        var all = new ScratchDatabases(unpooled);
        try
        {
            var first = all.Of(all.template);
            PostgresStore.Fill(first, time, _ => { });
            finish(first);
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    /// <summary>One more.</summary>
    /// <exception cref="StorageException">The server did not make it.</exception>
    public PostgresServer Make()
    {
        var name = (string)Ask(server, Draw)!;
        Ask(server, $"CREATE DATABASE {name} TEMPLATE {template}");
        made.Add(name);
        return Of(name);
    }

    /// <summary>Drops them, and the login for detection that they share.</summary>
    public void Dispose()
    {
        var role = Ask(Of(template), "SELECT to_regclass('care_detection.login') IS NOT NULL") is true
            ? Ask(Of(template), "SELECT role FROM care_detection.login") as string
            : null;
        foreach (var name in made) Ask(server, $"DROP DATABASE {name} WITH (FORCE)");
        if (role is not null) Ask(server, $"DROP ROLE {role}");
    }

    private static object? Ask(PostgresServer database, string sql)
    {
        try
        {
            using var connection = new NpgsqlConnection(database.ConnectionString);
            connection.Open();
            using var command = new NpgsqlCommand(sql, connection);
            return command.ExecuteScalar();
        }
        catch (NpgsqlException e)
        {
            throw PostgresConnections.Trouble(e);
        }
    }

    private PostgresServer Of(string name) => new(
        new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ToString());
}
