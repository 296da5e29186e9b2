using System.Data;
using Npgsql;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>A contained query of PostgreSQL: one statement inside a SELECT of ours, in a READ ONLY transaction that is
/// never committed, as a role with minimal rights and no memberships, on a connection that ends with it.</summary>
internal sealed class PostgresQuery : ContainedQuery
{
    private const string LockWait = "10s";
    // Above it a statement sorts in temporary files, which the role's own limit bounds.
    private const string Memory = "64MB";
    private const string Canceled = "57014";
    private static readonly string[] NotReadable = ["42501", "42P01", "42703", "3F000", "42883"];

    private readonly NpgsqlDataSource source;
    private readonly NpgsqlConnection connection;
    private readonly Containment containment;
    private readonly TimeProvider time;
    private readonly PostgresText text;
    private readonly string place;
    private readonly bool isOurs;
    private readonly bool[] asText;

    private PostgresQuery((string Place, string ConnectionString, bool IsOurs) at, string sql, Containment containment,
        TimeProvider time)
    {
        (place, isOurs, this.containment, this.time) = (at.Place, at.IsOurs, containment, time);
        text = PostgresText.Of(sql);
        // Values of the server's own types are read as text.
        var plain = new NpgsqlDataSourceBuilder(at.ConnectionString);
        plain.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        source = plain.Build();
        connection = source.CreateConnection();
        try
        {
            connection.Open();
            Execute(Bounds());
            if (isOurs) RefuseMore();
            using var command = Command(containment.Parameters);
            using var described = command.ExecuteReader(CommandBehavior.SchemaOnly);
            Columns = [.. Enumerable.Range(0, described.FieldCount).Select(described.GetName)];
            asText = [.. Columns.Select((_, i) => PostgresValues.IsText(described.GetDataTypeOID(i)))];
            Parameters = text.Parameters;
        }
        catch (Exception e) when (e is NpgsqlException or QueryException or TimeoutException)
        {
            var trouble = e is QueryException ? e : Trouble(e, "is not right", late: false);
            Dispose(disposing: true);
            throw trouble;
        }
    }

    /// <summary>Prepares a query over the views of an installation's own database.</summary>
    public static PostgresQuery Installed(
        PostgresServer server, string sql, Containment containment, TimeProvider time)
    {
        try
        {
            var login = Reading(DetectionRole.Login(server, containment.Columns), containment);
            return new PostgresQuery(("The database", login, true), sql, containment, time);
        }
        catch (StorageException e) when (!PostgresConnections.IsAway(e.InnerException))
        {
            throw new QueryException(e.Message, e);
        }
    }

    /// <summary>Prepares a query over the tables that an account may read in another engine.</summary>
    public static PostgresQuery Elsewhere(
        string name, string connectionString, string sql, Containment containment, TimeProvider time)
    {
        try
        {
            var account = Reading(connectionString, containment);
            return new PostgresQuery(($"The source {name}", account, false), sql, containment, time);
        }
        catch (ArgumentException e)
        {
            throw new QueryException($"The connection string of the source {name} is not right: {e.Message}", e);
        }
    }

    public override void Run(
        IReadOnlyDictionary<string, object> parameters, Action<IReadOnlyList<object?>> row)
    {
        var began = time.GetTimestamp();
        try
        {
            using var command = Command(parameters);
            command.UnknownResultTypeList = asText;
            using var reader = command.ExecuteReader(CommandBehavior.SequentialAccess);
            try
            {
                var values = new PostgresValues(reader);
                for (var rows = 0; reader.Read(); rows++)
                {
                    if (rows == containment.RowCap) throw TooMany(containment);
                    row(values.Read());
                }
            }
            catch
            {
                Abandon(command, reader);
                throw;
            }
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw Trouble(e, "failed", time.GetElapsedTime(began) >= containment.Timeout.ToTimeSpan() * 0.9);
        }
    }

    protected override void Dispose(bool disposing)
    {
        connection.Dispose();
        source.Dispose();
    }

    // The server has its own timeout; this one is for a server that stopped answering.
    private static string Reading(string connectionString, Containment containment) =>
        new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            Enlist = false,
            CommandTimeout = (int)containment.Timeout.TotalSeconds + 15,
            MaxAutoPrepare = 0,
        }.ToString();

    private string Bounds()
    {
        var milliseconds = ((long)containment.Timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        var bounds =
            $"""
             BEGIN TRANSACTION READ ONLY;
             SET LOCAL statement_timeout = {milliseconds};
             SET LOCAL standard_conforming_strings = on;
             SET LOCAL TimeZone = 'UTC';
             SET LOCAL DateStyle = 'ISO, YMD';
             """;
        return isOurs
            ? $"""
               {bounds}
               SET LOCAL lock_timeout = '{LockWait}';
               SET LOCAL work_mem = '{Memory}';
               SET LOCAL search_path = {DetectionRole.Schema}, pg_catalog
               """
            : bounds;
    }

    // Volatile functions have side effects (locks, settings, large objects), wait, are random, or execute a text as
    // SQL.
    private void RefuseMore()
    {
        const string Tight =
            """
            SELECT NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
              AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_auth_members WHERE member = r.oid)
              AND current_user = session_user
            FROM pg_catalog.pg_roles r WHERE rolname = session_user
            """;
        using var tight = new NpgsqlCommand(Tight, connection);
        if (tight.ExecuteScalar() is not true)
            throw new QueryException("The role that detection logs in as may do more than read; take that from it.");
        using var volatiles = new NpgsqlCommand(
            """
            SELECT proname::text FROM pg_catalog.pg_proc
            WHERE provolatile = 'v' AND proname = ANY ($1::text[]::name[]) ORDER BY 1 LIMIT 1
            """,
            connection);
        volatiles.Parameters.Add(new NpgsqlParameter { Value = text.Calls.ToArray() });
        if (volatiles.ExecuteScalar() is string refused)
            throw new QueryException(
                $"The statement calls {refused}(), which a detector may not: the same run must find the same.");
    }

    // Closing a reader reads to the end, which may take long, and may throw an error of its own.
    private static void Abandon(NpgsqlCommand command, NpgsqlDataReader reader)
    {
        try
        {
            command.Cancel();
            reader.Dispose();
        }
        catch (NpgsqlException)
        {
            // The reason of the cancellation is reported instead.
        }
    }

    private NpgsqlCommand Command(IReadOnlyDictionary<string, object> given)
    {
        // A subquery can only be a SELECT, and none of its CTEs may write.
        var command = new NpgsqlCommand($"SELECT * FROM (\n{text.Sql}\n) AS detector", connection);
        foreach (var name in text.Parameters) command.Parameters.Add(Parameter(given.GetValueOrDefault(name) ?? 0L));
        // Without parameters the driver would search the text for some.
        if (text.Parameters.Count == 0)
        {
            command.CommandText += " WHERE $1 = 0";
            command.Parameters.Add(Parameter(0L));
        }
        return command;
    }

    private static NpgsqlParameter Parameter(object value) => new()
    {
        Value = value,
        NpgsqlDbType = PostgresValues.TypeOf(value),
    };

    private void Execute(string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    // An outage of our own server says nothing about the statement, which may be retried.
    private Exception Trouble(Exception e, string what, bool late) => e switch
    {
        _ when isOurs && !late && PostgresConnections.IsAway(e) => PostgresConnections.Trouble(e),
        PostgresException { SqlState: Canceled } when late => TooSlow(containment, e),
        PostgresException { SqlState: Canceled } =>
            new QueryException("Somebody at the database's server stopped the statement.", e),
        PostgresException { SqlState: "25006" } =>
            new QueryException("The statement writes; a detector is one SELECT.", e),
        PostgresException known when connection.State == ConnectionState.Open => new QueryException(
            $"The statement {what}: {known.MessageText}."
            + (!isOurs || !NotReadable.Contains(known.SqlState) ? ""
                : Right(containment, text.Sql, known.MessageText) is { Length: > 0 } right ? right
                : " " + MayRead(containment)),
            e),
        _ => new QueryException(
            $"{place} cannot be reached: {(e as PostgresException)?.MessageText ?? e.Message}", e),
    };
}
