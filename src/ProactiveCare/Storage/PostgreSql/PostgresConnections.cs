using Npgsql;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>Opens connections to PostgreSQL in the only two ways the product uses: to write, on a server whose
/// durability settings are checked, and to read.</summary>
internal static class PostgresConnections
{
    // A transaction left open by a node that froze or lost its network must not block the others.
    private const string Bounds =
        "-c idle_in_transaction_session_timeout=10s -c client_connection_check_interval=5s -c statement_timeout=5min";

    private const int OldestServer = 15;

    /// <summary>What to do about a pooler.</summary>
    public const string WithoutPooler = "Name the server itself in Database:ConnectionString (usually port 5432): "
        + "ProactiveCare pools its connections.";

    /// <summary>The connections of a process to a server.</summary>
    /// <exception cref="StorageException">The connection string is invalid.</exception>
    public static NpgsqlDataSource Source(PostgresServer server, bool prepares = true)
    {
        Mapping.Register();
        var settings = Settings(server);
        settings.SearchPath = "care,pg_catalog";
        settings.ApplicationName = "proactive-care";
        settings.MaxAutoPrepare = prepares ? 256 : 0;
        settings.AutoPrepareMinUsages = 2;
        settings.CommandTimeout = 0;
        settings.TcpKeepAlive = true;
        settings.Options = $"{Bounds} {settings.Options}".TrimEnd();
        return NpgsqlDataSource.Create(settings);
    }

    /// <summary>Parses a connection string.</summary>
    /// <exception cref="StorageException">The connection string is invalid.</exception>
    public static NpgsqlConnectionStringBuilder Settings(PostgresServer server)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(server.ConnectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException)
        {
            throw new StorageException($"Database:ConnectionString is none that Npgsql understands: {e.Message}", e);
        }
    }

    /// <exception cref="StorageException">The server cannot be reached, or rejects the user.</exception>
    public static PostgresConnection Open(NpgsqlDataSource source)
    {
        var connection = new PostgresConnection(source.CreateConnection());
        try
        {
            connection.Open();
            return connection;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            connection.Dispose();
            throw Trouble(e);
        }
    }

    /// <summary>Opens a connection that writes.</summary>
    /// <exception cref="StorageException">Commits of this server may be lost, or it is a replica.</exception>
    public static PostgresConnection OpenWriter(NpgsqlDataSource source)
    {
        var connection = Open(source);
        try
        {
            if (connection.Inner.PostgreSqlVersion is var version && version.Major < OldestServer)
                throw new StorageException(
                    $"The server is PostgreSQL {version}, and ProactiveCare needs {OldestServer} or newer.");
            foreach (var setting in new[] { "fsync", "full_page_writes", "synchronous_commit" })
            {
                if (connection.ExecuteScalar<string>($"SHOW {setting}") == "off")
                {
                    throw new StorageException(
                        $"The PostgreSQL server runs with {setting} = off: what it acknowledges might not survive a "
                        + $"power loss, and this is about money. Turn {setting} on (postgresql.conf, ALTER SYSTEM, or "
                        + "ALTER ROLE or DATABASE where it was set for one) and start again.");
                }
            }
            if (connection.ExecuteScalar<bool>("SELECT pg_is_in_recovery()"))
                throw new StorageException(
                    "The PostgreSQL server is a replica, which takes no writes. Name the primary in "
                    + "Database:ConnectionString (several hosts with Target Session Attributes=primary find it).");
            return connection;
        }
        catch (Exception e)
        {
            connection.Dispose();
            throw e is StorageException ? e : Trouble(e);
        }
    }

    /// <summary>Describes the problem of the server, and the remedy.</summary>
    public static StorageException Trouble(Exception e) => e as StorageException ?? new(e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } =>
            "The disk of the PostgreSQL server is full, so nothing was stored. Make room there; a running worker goes "
            + "on by itself.",
        PostgresException refused when refused.MessageText.Contains("startup parameter", StringComparison.Ordinal) =>
            $"A connection pooler such as PgBouncer stands before the server and refuses the settings of a connection "
            + $"({refused.MessageText}). {WithoutPooler}",
        PostgresException { SqlState: "28P01" or "28000" or "3D000" or "42501" } refused =>
            $"The PostgreSQL server refuses: {refused.MessageText}. Check Database:ConnectionString and what its user "
            + "may do.",
        PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "25P03" } ended =>
            $"The PostgreSQL server ended the connection ({ended.MessageText}), so what was under way may be stored or "
            + "not; a running worker looks at what is there and goes on by itself.",
        PostgresException other => $"The PostgreSQL server did not confirm a write: {other.MessageText}",
        NpgsqlException or TimeoutException =>
            $"The PostgreSQL server does not answer ({Innermost(e)}). Check that it runs and that "
            + "Database:ConnectionString names it; a running worker goes on by itself once it does.",
        _ => $"The database did not confirm a write: {e.Message}",
    }, e);

    /// <summary>Whether two transactions conflicted, so that one of them must be retried.</summary>
    public static bool IsConflict(Exception e) => e is PostgresException
    {
        SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.SerializationFailure,
    };

    /// <summary>Whether the server was away or ended the connection, independent of the statement.</summary>
    public static bool IsAway(Exception? e) => e is PostgresException { SqlState: var state }
        ? state.StartsWith("57P", StringComparison.Ordinal) || state.StartsWith("08", StringComparison.Ordinal)
            || state == PostgresErrorCodes.TooManyConnections
        : e is NpgsqlException or TimeoutException;

    private static string Innermost(Exception e) => e.GetBaseException().Message.TrimEnd('.');
}
