using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage;

/// <summary>A PostgreSQL database that holds an installation.</summary>
/// <param name="ConnectionString">How Npgsql reaches it.</param>
public sealed record PostgresServer(string ConnectionString)
{
    /// <summary>Whether the connection string itself holds a password.</summary>
    /// <exception cref="StorageException">The connection string is none.</exception>
    public bool HasPassword => !string.IsNullOrEmpty(PostgresConnections.Settings(this).Password);
}
