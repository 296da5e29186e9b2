using Npgsql;
using ProactiveCare.Jobs;
using ProactiveCare.Storage;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Tests.Storage.PostgreSql;

/// <summary>
/// A database with the tables that detection may and may not read, owned by a user who is no superuser, on the
/// throwaway server that <c>scripts/test</c> starts.
/// </summary>
internal sealed class PostgresHouse : IDisposable
{
    public const string Needs = "This needs PostgreSQL: scripts/test starts one.";
    private static readonly string[] Telemetry = ["session", "event", "contact"];

    private readonly string name = "d" + Guid.NewGuid().ToString("n");

    public PostgresHouse(bool mayMakeRoles = true)
    {
        Super(
            $"CREATE ROLE {name} LOGIN PASSWORD 'owner' {(mayMakeRoles ? "CREATEROLE" : "NOCREATEROLE")}",
            $"CREATE DATABASE {name} OWNER {name}");
        Server = new PostgresServer(Of("", name, "owner"));
        Execute("CREATE SCHEMA care");
        foreach (var (file, tables) in new[]
        {
            ("Telemetry/schema.sql", Telemetry), ("Customers/schema.sql", ["purchase", "premises", "customer"]),
        })
        {
            foreach (var table in tables) Execute(Table(file, table));
        }
        Execute(
            "CREATE INDEX ON care.session (purchase_id)", "CREATE TABLE care.credit (amount_minor bigint)",
            "CREATE TABLE care.producer_key (key_hash bytea)", "CREATE TABLE care.notice (address text)",
            "CREATE SEQUENCE care.numbers");
    }

    public static string? Given => Environment.GetEnvironmentVariable("PROACTIVE_CARE_TEST_POSTGRES");

    public PostgresServer Server { get; }

    public DataFolder Folder => new("nowhere") { Server = Server };

    /// <summary>The connection string of a user for the database; without a user that of the superuser.</summary>
    public string Of(string more, string? user = null, string? password = null)
    {
        var builder = new NpgsqlConnectionStringBuilder(Given + ";" + more) { Database = name };
        if (user is not null) (builder.Username, builder.Password) = (user, password);
        return builder.ToString();
    }

    public void Execute(params string[] statements) => Run(Server.ConnectionString, statements);

    /// <summary>Executes statements as the superuser, in the database or, before it exists, at the server.</summary>
    public void Super(params string[] statements) =>
        Run(Server is null ? Given! : Of(""), statements);

    /// <summary>Whether anybody may connect to the database now.</summary>
    public void Open(bool isOpen) => Run(Given!,
    [
        $"ALTER DATABASE {name} ALLOW_CONNECTIONS {isOpen}",
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    ]);

    public object? One(string sql, string? connectionString = null)
    {
        using var connection = new NpgsqlConnection(connectionString ?? Server.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    public void Dispose()
    {
        using var owner = new NpgsqlConnection(Server.ConnectionString);
        NpgsqlConnection.ClearPool(owner);
        Run(Given!, [$"DROP DATABASE {name} WITH (FORCE)"]);
    }

    private static void Run(string connectionString, string[] statements)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        foreach (var sql in statements)
        {
            using var command = new NpgsqlCommand(sql, connection);
            command.ExecuteNonQuery();
        }
    }

    // The table as the product has it, in PostgreSQL's types.
    private static string Table(string file, string table)
    {
        using var stream = typeof(Job).Assembly.GetManifestResourceStream(file)!;
        using var reader = new StreamReader(stream);
        var all = reader.ReadToEnd();
        var from = all.IndexOf($"CREATE TABLE {table} (", StringComparison.Ordinal);
        return new PostgresSchema().Translate(all[from..(all.IndexOf(") STRICT;", from, StringComparison.Ordinal) + 9)])
            .Replace($"TABLE {table}", $"TABLE care.{table}", StringComparison.Ordinal);
    }
}
