using Npgsql;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>Refuses a connection pooler that gives each transaction another session of the server. It is recognised by
/// what it does, since most hide their name: a setting of one connection is seen on another, or is lost.</summary>
internal static class Pooler
{
    private const int Rounds = 3;
    private const string Read = "SELECT current_setting('proactive_care.probe', true)";

    // A text that no earlier probe has left behind.
    private const string Mark =
        "SELECT set_config('proactive_care.probe', pg_backend_pid() || '/' || clock_timestamp() || random(), false)";

    /// <exception cref="StorageException">There is one, or the server cannot be reached.</exception>
    public static void Refuse(PostgresServer server)
    {
        using var source = PostgresConnections.Source(server, prepares: false);
        using var one = PostgresConnections.Open(source);
        using var other = PostgresConnections.Open(source);
        try
        {
            if (IsShared(one, other))
                throw new StorageException(
                    $"Between ProactiveCare and {server.Place} stands a connection pooler in transaction mode "
                    + "(PgBouncer, Odyssey, pgcat or their like): each transaction gets another session of the server, "
                    + $"and prepared statements, locks and settings are lost. {PostgresConnections.WithoutPooler}");
            if (one.ExecuteScalar<string>("SHOW search_path")?.StartsWith("care", StringComparison.Ordinal) != true)
                throw new StorageException(
                    $"Between ProactiveCare and {server.Place} stands a connection pooler (such as PgBouncer with "
                    + "ignore_startup_parameters) that drops the settings of a connection, such as its search_path. "
                    + PostgresConnections.WithoutPooler);
        }
        catch (NpgsqlException e)
        {
            throw PostgresConnections.Trouble(e);
        }
    }

    private static bool IsShared(PostgresConnection one, PostgresConnection other)
    {
        var mark = one.ExecuteScalar<string>(Mark);
        for (var round = 0; round < Rounds; round++)
        {
            if (other.ExecuteScalar<string?>(Read) == mark || one.ExecuteScalar<string?>(Read) != mark) return true;
            // While one session is taken, the next transaction gets another.
            other.Execute("START TRANSACTION");
            if (one.ExecuteScalar<string?>(Read) != mark) return true;
            other.Execute("COMMIT");
        }
        return false;
    }
}
