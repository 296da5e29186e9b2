using Npgsql;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage;

/// <summary>Databases without an installation, copies of one with the schema, on an installation's server; the
/// installation's own database is untouched. Disposing drops them; those left by a crash are called
/// care_scratch_….</summary>
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
        template = Create("template0");
    }

    /// <summary>Prepares such databases beside an installation on a server; null for one in a file.</summary>
    /// <exception cref="StorageException">As for <see cref="On"/>.</exception>
    internal static ScratchDatabases? Beside(
        DataFolder installation, TimeProvider time, Action<DataFolder> finish) => installation.Server is { } server
        ? On(server, time, other => finish(installation with { Server = other }))
        : null;

    /// <summary>Prepares such databases.</summary>
    /// <param name="beside">The installation's database.</param>
    /// <param name="time">The clock.</param>
    /// <param name="finish">Completes the first, which the others copy.</param>
    /// <exception cref="StorageException">The user of the connection string may create no databases or no roles, or the
    /// server failed to.</exception>
    public static ScratchDatabases On(PostgresServer beside, TimeProvider time, Action<PostgresServer> finish)
    {
        // A database with an open connection cannot be copied.
        var unpooled = new PostgresServer(new NpgsqlConnectionStringBuilder(beside.ConnectionString)
        {
            Pooling = false, CommandTimeout = 0,
        }.ToString());
        if (Ask(unpooled, May) is not true)
            throw new StorageException("This user may not make databases and roles there (CREATEDB, CREATEROLE).");
        var all = new ScratchDatabases(unpooled);
        try
        {
            var first = all.Of(all.template);
            PostgresStore.Fill(first, Migrations.Postgres, time, _ => { });
            finish(first);
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    /// <summary>Creates another database.</summary>
    /// <exception cref="StorageException">The server failed to create it.</exception>
    public PostgresServer Make() => Of(Create(template));

    /// <summary>Drops them, and the login for detection that they share.</summary>
    public void Dispose()
    {
        object? role = null;
        // A failure to drop one does not stop the others.
        Try(() => role = Ask(Of(template), "SELECT role FROM care_detection.login"));
        foreach (var name in made) Try(() => Ask(server, $"DROP DATABASE IF EXISTS {name}"));
        if (role is not null) Try(() => Ask(server, $"DROP ROLE {role}"));
    }

    private static void Try(Action step)
    {
        try
        {
            step();
        }
        catch (StorageException)
        {
            // It remains, under a name that says what it is.
        }
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

    private string Create(string like)
    {
        var name = (string)Ask(server, Draw)!;
        // Recorded first: the server may create it and fail to report so.
        made.Add(name);
        Ask(server, $"CREATE DATABASE {name} TEMPLATE {like}");
        return name;
    }

    private PostgresServer Of(string name) => new(
        new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ToString());
}
