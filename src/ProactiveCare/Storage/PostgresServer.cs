using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage;

/// <summary>A PostgreSQL database that holds an installation.</summary>
/// <param name="ConnectionString">The connection string for Npgsql.</param>
public sealed record PostgresServer(string ConnectionString)
{
    /// <summary>The name of the database, its host and port, for people: no credentials.</summary>
    public string Place
    {
        get
        {
            var text = new DbConnectionStringBuilder { ConnectionString = ConnectionString };
            var database = Part(text, "Database", "DB")
                ?? Part(text, "Username", "User Name", "User Id", "UserId", "User");
            return $"{database ?? "?"} on {Part(text, "Host", "Server") ?? "?"}:{Part(text, "Port") ?? "5432"}";
        }
    }

    /// <summary>Whether the connection string contains a password.</summary>
    /// <exception cref="StorageException">The connection string is invalid.</exception>
    public bool HasPassword => !string.IsNullOrEmpty(PostgresConnections.Settings(this).Password);

    /// <summary>Refuses a connection pooler before the server.</summary>
    /// <exception cref="StorageException">There is one that gives each transaction another session.</exception>
    public void RefusePooler() => Pooler.Refuse(this);

    /// <summary>Whether a text has the form of a connection string.</summary>
    public static bool IsConnection(string text)
    {
        try
        {
            return Part(new DbConnectionStringBuilder { ConnectionString = text }, "Host", "Server") is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string? Part(DbConnectionStringBuilder text, params string[] names) =>
        names.Select(name => text.TryGetValue(name, out var value) ? value.ToString() : null)
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));
}
