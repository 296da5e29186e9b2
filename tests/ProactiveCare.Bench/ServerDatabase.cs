using Dapper;
using Npgsql;
using ProactiveCare.Storage;

namespace ProactiveCare.Bench;

/// <summary>A new database on the throwaway PostgreSQL server, dropped when it has been measured.</summary>
internal sealed class ServerDatabase : IAsyncDisposable
{
    private readonly string superuser;
    private readonly string name = "bench_" + Guid.NewGuid().ToString("n");

    private ServerDatabase(string superuser)
    {
        this.superuser = superuser;
        Server = new(new NpgsqlConnectionStringBuilder(superuser) { Database = name }.ToString());
    }

    public PostgresServer Server { get; }

    public static async Task<ServerDatabase> Create(string superuser)
    {
        var database = new ServerDatabase(superuser);
        await database.Do($"CREATE DATABASE {database.name}");
        return database;
    }

    public async ValueTask DisposeAsync() => await Do($"DROP DATABASE {name} WITH (FORCE)");

    private async Task Do(string sql)
    {
        await using var connection = new NpgsqlConnection(superuser);
        await connection.ExecuteAsync(sql);
    }
}
