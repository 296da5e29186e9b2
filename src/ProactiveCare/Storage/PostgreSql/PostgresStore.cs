using System.Data;
using Npgsql;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>An installation in a PostgreSQL database that several processes write to. Exclusive work takes a
/// transaction-level advisory lock in the database; shared work takes it in shared mode.</summary>
internal sealed class PostgresStore : Store
{
    // An arbitrary number that no other user of this database should use for an advisory lock.
    private const long Gate = 0x50726f4361726501;

    // A move or a migration may take hours, and others wait for its end.
    private static readonly string BeginLong = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
        SELECT pg_advisory_xact_lock({Gate})
        """);

    private readonly NpgsqlDataSource source;
    private readonly Migrations known;

    private PostgresStore(
        DataFolder folder, NpgsqlDataSource source, Migrations known, DbConnection? writer, TimeProvider? time)
        : base(folder, writer, time) => (this.source, this.known) = (source, known);

    public override bool IsShared => true;

    public static PostgresStore OpenForWriting(DataFolder folder, TimeProvider time, Migrations? known = null)
    {
        known ??= Migrations.Postgres;
        var server = PostgresConnections.Source(folder.Server!);
        PostgresConnection? writer = null;
        try
        {
            writer = PostgresConnections.OpenWriter(server);
            if (known.Pending(writer).Count > 0)
            {
                // Nodes that start together wait for each other, and the second finds nothing to do.
                Migrate(writer, known, time, _ => { });
            }
            known.RequireRules(writer);
            return new PostgresStore(folder, server, known, writer, time);
        }
        catch (Exception e)
        {
            writer?.Dispose();
            server.Dispose();
            throw e is NpgsqlException ? PostgresConnections.Trouble(e) : e;
        }
    }

    public static PostgresStore OpenForReading(DataFolder folder, Migrations? known = null)
    {
        known ??= Migrations.Postgres;
        var server = PostgresConnections.Source(folder.Server!);
        try
        {
            using var reader = PostgresConnections.Open(server);
            known.RequireNone(reader);
            return new PostgresStore(folder, server, known, null, null);
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Whether a database holds an installation.</summary>
    /// <exception cref="StorageException">The server cannot be reached.</exception>
    public static bool Holds(PostgresServer server)
    {
        using var connections = PostgresConnections.Source(server);
        using var reader = PostgresConnections.Open(connections);
        return reader.ExecuteScalar<bool>("SELECT to_regclass('care.installation') IS NOT NULL")
            && reader.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM care.installation)");
    }

    /// <summary>Creates an installation, completely or not at all.</summary>
    /// <exception cref="StorageException">One exists, or the server is not durable enough for money.</exception>
    public static void Create(PostgresServer server, TimeProvider time, Action<DbConnection> first)
    {
        using var connections = PostgresConnections.Source(server);
        using var writer = PostgresConnections.OpenWriter(connections);
        try
        {
            Migrate(writer, Migrations.Postgres, time, db =>
            {
                if (db.ExecuteScalar<long>("SELECT COUNT(*) FROM installation") > 0)
                    throw new StorageException("The database holds an installation already; nothing was changed.");
                first(db);
            });
        }
        catch (NpgsqlException e)
        {
            throw PostgresConnections.Trouble(e);
        }
    }

    /// <summary>
    /// Creates and fills the tables of an installation in an empty database, completely or not at all.
    /// </summary>
    /// <exception cref="StorageException">It is not empty, or the server is not durable enough for money.</exception>
    public static void Fill(
        PostgresServer server, Migrations known, TimeProvider time, Action<PostgresConnection> fill)
    {
        using var connections = PostgresConnections.Source(server);
        using var writer = PostgresConnections.OpenWriter(connections);
        try
        {
            writer.Execute(BeginLong);
            RequireEmpty(writer);
            writer.Execute("CREATE SCHEMA IF NOT EXISTS care");
            foreach (var step in known.Pending(writer)) Migrations.Take(writer, step, time);
            fill(writer);
            writer.Execute("COMMIT");
        }
        catch (NpgsqlException e)
        {
            throw PostgresConnections.Trouble(e);
        }
    }

    public override T Read<T>(Func<DbConnection, T> query)
    {
        try
        {
            return ReadOnce(query);
        }
        catch (NpgsqlException e) when (e is not PostgresException || e.IsTransient)
        {
            // The connection may have been idle while the server was restarted.
            return ReadOnce(query);
        }
    }

    public Duration ClockAhead(TimeProvider time)
    {
        var asked = time.GetTimestamp();
        var there = Instant.FromUnixTimeMilliseconds(Read(db => db.ExecuteScalar<long>(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")));
        return DatabaseCheck.Ahead(there, time.Now(), Duration.FromTimeSpan(time.GetElapsedTime(asked)));
    }

    private protected override DbConnection OpenWriter() => PostgresConnections.OpenWriter(source);

    private protected override void Begin(DbConnection writer, bool alone)
    {
        // One round trip; a node of an older version stops where the schema is too new for it.
        using var reader = writer.ExecuteReader(
            $"BEGIN; SELECT pg_advisory_xact_lock{(alone ? "" : "_shared")}({Gate}); SELECT MAX(needs) FROM migration");
        reader.NextResult();
        Guard(reader);
    }

    private protected override bool IsLost(DbConnection writer) => writer.State != ConnectionState.Open;

    private protected override bool IsConflict(Exception e) => PostgresConnections.IsConflict(e);

    private protected override StorageException ToStorageException(Exception e) => PostgresConnections.Trouble(e);

    private protected override void Close() => source.Dispose();

    private T ReadOnce<T>(Func<DbConnection, T> query)
    {
        using var reader = PostgresConnections.Open(source);
        // In a newer schema the tables may have another meaning than this version assumes.
        using (var needs = reader.ExecuteReader(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT MAX(needs) FROM migration")) Guard(needs);
        var result = query(reader);
        reader.Execute("COMMIT");
        return result;
    }

    private void Guard(IDataReader needs)
    {
        needs.Read();
        known.Guard((int)needs.GetInt64(0));
    }

    private static void RequireEmpty(DbConnection db)
    {
        var found = db.Query<string>(
            """
            SELECT relname::text FROM pg_class
            WHERE relnamespace = to_regnamespace('care') AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') ORDER BY 1
            """).AsList();
        if (found.Count == 0) return;
        throw new StorageException(found.Contains("installation")
            ? "The database holds an installation already; nothing was changed. Name an empty one."
            : $"The schema care of the database is not empty (it has {found[0]}); nothing was changed. Name an empty "
                + "one.");
    }

    private static void Migrate(DbConnection db, Migrations known, TimeProvider time, Action<DbConnection> then)
    {
        db.Execute($"{BeginLong}; CREATE SCHEMA IF NOT EXISTS care");
        foreach (var step in known.Pending(db)) Migrations.Take(db, step, time);
        then(db);
        db.Execute("COMMIT");
    }
}
