using System.Diagnostics;
using Dapper;
using Npgsql;
using ProactiveCare.Storage;
using ProactiveCare.Tests.Jobs;

namespace ProactiveCare.Tests.Faults;

/// <summary>A PostgreSQL server of one test (<c>scripts/postgres</c>), which may kill it.</summary>
internal sealed class DoomedServer : IAsyncDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "pcs-" + Guid.NewGuid().ToString("n")[..12]);
    private string superuser = "";

    public static async Task<DoomedServer> Start()
    {
        var server = new DoomedServer();
        server.superuser = await Script("start", server.folder);
        return server;
    }

    /// <summary>A new database that its own user owns.</summary>
    public async Task<PostgresServer> Database(string name) => new(await Script("database", folder, name));

    /// <summary>Stops it like a crash: nobody is notified, nothing is flushed.</summary>
    public Task Crash() => Script("crash", folder);

    public Task Restart() => Script("restart", folder);

    /// <summary>Ends about half of the connections to a database.</summary>
    /// <returns>How many.</returns>
    public int EndBackends(PostgresServer database, Random random)
    {
        var settings = new NpgsqlConnectionStringBuilder(superuser) { Pooling = false };
        using var connection = new NpgsqlConnection(settings.ToString());
        connection.Open();
        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database;
        var backends = connection.Query<int>(
            "SELECT pid FROM pg_stat_activity WHERE datname = @name ORDER BY pid", new { name });
        return backends.Where(_ => random.Next(2) == 0)
            .Count(pid => connection.ExecuteScalar<bool>("SELECT pg_terminate_backend(@pid)", new { pid }));
    }

    public async ValueTask DisposeAsync() => await Script("stop", folder);

    private static async Task<string> Script(params string[] words)
    {
        using var script = Process.Start(new ProcessStartInfo(Path.Combine(Shipped.Root, "scripts/postgres"), words)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var problem = script.StandardError.ReadToEndAsync();
        var answer = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.True(script.ExitCode == 0, $"scripts/postgres {words[0]}: {await problem}");
        return answer.Trim();
    }
}
