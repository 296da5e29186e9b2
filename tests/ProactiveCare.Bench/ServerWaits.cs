using System.Globalization;
using Npgsql;
using ProactiveCare.Storage;

namespace ProactiveCare.Bench;

/// <summary>
/// Samples the waits of a database's open transactions fifty times a second, to find the limit.
/// </summary>
internal sealed class ServerWaits : IAsyncDisposable
{
    private const string Look =
        """
        SELECT CASE
          WHEN state <> 'active' OR wait_event = 'ClientRead' THEN 'waits for its worker'
          WHEN wait_event IS NULL THEN 'computes'
          WHEN wait_event_type IN ('Lock', 'LWLock') THEN 'waits for another node (' || wait_event || ')'
          ELSE 'waits for the disk (' || wait_event || ')' END
        FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
          AND application_name = 'proactive-care' AND xact_start IS NOT NULL
        """;

    private readonly NpgsqlDataSource server;
    private readonly CancellationTokenSource enough = new();
    private readonly Dictionary<string, int> seen = new(StringComparer.Ordinal);
    private readonly Task looking;

    public ServerWaits(PostgresServer server)
    {
        this.server = NpgsqlDataSource.Create(server.ConnectionString);
        looking = Task.Run(GoOn);
    }

    /// <summary>Stops looking.</summary>
    /// <returns>The largest shares, in words.</returns>
    public async Task<string> Stop()
    {
        await enough.CancelAsync();
        await looking;
        var all = Math.Max(1, seen.Values.Sum());
        return string.Join(", ", seen.OrderByDescending(each => each.Value).Take(4).Select(each => string.Create(
            CultureInfo.InvariantCulture, $"{100.0 * each.Value / all:0} % {each.Key}")));
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        enough.Dispose();
        await server.DisposeAsync();
    }

    private async Task GoOn()
    {
        await using var connection = await server.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(Look, connection);
        await command.PrepareAsync();
        while (!enough.IsCancellationRequested)
        {
            await using (var rows = await command.ExecuteReaderAsync())
            {
                while (await rows.ReadAsync())
                    seen[rows.GetString(0)] = seen.GetValueOrDefault(rows.GetString(0)) + 1;
            }
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
