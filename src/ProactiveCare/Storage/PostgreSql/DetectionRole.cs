using System.Security.Cryptography;
using Npgsql;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>The role of detection, a login of its own: SET ROLE can be undone within a statement (<c>set_config('role',
/// …)</c> may be called in a SELECT), a login cannot. The database generates its name and password and stores them
/// where only the owner can read them, so an operator configures one connection string and every node finds the same
/// role.</summary>
internal static class DetectionRole
{
    public const string Schema = "care_detection";
    private const string Product = "care";
    private const string Denied = "42501";
    private const int Iterations = 4096;
    private const string MostFiles = "2GB";

    // Of nodes that start together, one creates it.
    private const string Alone = "SELECT pg_advisory_xact_lock(hashtextextended('care_detection', 0))";

    private const string Home =
        """
        CREATE SCHEMA IF NOT EXISTS care_detection;
        CREATE TABLE IF NOT EXISTS care_detection.login (
          single   BIGINT PRIMARY KEY DEFAULT 1 CHECK (single = 1),
          role     TEXT NOT NULL,
          password TEXT NOT NULL,
          salt     TEXT NOT NULL,
          made     TEXT
        );
        REVOKE ALL ON care_detection.login FROM PUBLIC;
        INSERT INTO care_detection.login (role, password, salt)
        SELECT 'care_detect_' || left(md5(gen_random_uuid()::text), 12),
          replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), gen_random_uuid()::text
        WHERE NOT EXISTS (SELECT 1 FROM care_detection.login);
        """;

    // Functions that stand in for SQLite's where PostgreSQL has another form, so that one text serves both. They read
    // nothing.
    private const string Words =
        """
        CREATE OR REPLACE FUNCTION care_detection.round(value double precision, places integer)
          RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
          AS 'SELECT pg_catalog.round(value::numeric, places)::double precision';
        CREATE OR REPLACE FUNCTION care_detection.date(seconds bigint, unit text)
          RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
          AS $$SELECT CASE WHEN unit = 'unixepoch' THEN
            (TIMESTAMP 'epoch' + seconds * INTERVAL '1 second')::date::text END$$;
        """;

    /// <summary>The connection string of the role, which is created or corrected first, with its views.</summary>
    /// <remarks>During a rolling upgrade the nodes of the newer version define the views; older ones leave them while
    /// they contain all of their columns. So readable columns may grow with any version, and shrink only with a
    /// migration.</remarks>
    /// <param name="server">The server of the installation.</param>
    /// <param name="columns">The readable columns by table.</param>
    /// <param name="version">The newest migration that the program knows; null for this program's.</param>
    /// <exception cref="StorageException">The owner of the database may not create it; the message says what an
    /// administrator runs.</exception>
    public static string Login(
        PostgresServer server, IReadOnlyDictionary<string, IReadOnlySet<string>> columns, int? version = null)
    {
        using var owner = new NpgsqlConnection(server.ConnectionString);
        try
        {
            owner.Open();
            var wanted = ReadableViews.Of(columns, version ?? Migrations.Postgres.Newest);
            var login = Read(owner, wanted);
            if (login is not { Exists: true, IsRight: true }) login = Make(owner, wanted);
            return Of(server, login);
        }
        catch (NpgsqlException e)
        {
            throw new StorageException($"Detection cannot be prepared at the database's server: {e.Message}", e);
        }
    }

    private static string Of(PostgresServer server, Kept login) =>
        new NpgsqlConnectionStringBuilder(server.ConnectionString)
        {
            Username = login.Role,
            Password = login.Password,
            Passfile = null,
            // Session state left by a statement ends with the connection.
            Pooling = false,
            Enlist = false,
            Options = null,
            SearchPath = null,
            ApplicationName = "proactivecare detection",
        }.ToString();

    // A database that was restored elsewhere, or whose tables were recreated, has lost the grants or the views.
    private static Kept? Read(NpgsqlConnection owner, ReadableViews wanted)
    {
        if (One(owner, $"SELECT to_regclass('{Schema}.login') IS NOT NULL") is not true) return null;
        using var command = new NpgsqlCommand(
            $"""
             SELECT role, password, salt,
               CASE WHEN has_schema_privilege(r.oid, '{Schema}', 'USAGE')
                 AND (SELECT count(*) FROM pg_views WHERE schemaname = '{Schema}') >= $1 THEN made END,
               r.oid IS NOT NULL
             FROM {Schema}.login LEFT JOIN pg_roles r ON rolname = role
             """,
            owner);
        command.Parameters.Add(new NpgsqlParameter { Value = (long)wanted.Tables.Count });
        using var row = command.ExecuteReader();
        return row.Read()
            ? new Kept(
                row.GetString(0), row.GetString(1), row.GetString(2),
                !row.IsDBNull(3) && ReadableViews.Parse(row.GetString(3)).Serves(wanted), row.GetBoolean(4))
            : null;
    }

    private static Kept Make(NpgsqlConnection owner, ReadableViews wanted)
    {
        using var transaction = owner.BeginTransaction();
        One(owner, Alone);
        One(owner, Home);
        var login = Read(owner, wanted)!;
        if (!login.Exists && !May(owner, transaction, Statement(login)))
        {
            // Committed, so that the statement shown to the administrator stays valid.
            transaction.Commit();
            throw new StorageException(
                "Detection needs a login of its own that sees views only, and this user may not make one. An "
                + "administrator of the server runs this once, and then it is made the rest of by itself:\n"
                + Statement(login) + "\n" + Limit(login));
        }
        // Only a superuser may set it. Without it, only the timeout limits a statement's temporary files.
        if (!login.Exists) May(owner, transaction, Limit(login));
        if (!login.IsRight) Replace(owner, login.Role, wanted);
        transaction.Commit();
        return login;
    }

    private static bool May(NpgsqlConnection owner, NpgsqlTransaction transaction, string statement)
    {
        transaction.Save("before");
        try
        {
            One(owner, statement);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == Denied)
        {
            transaction.Rollback("before");
            return false;
        }
    }

    private static void Replace(NpgsqlConnection owner, string role, ReadableViews wanted)
    {
        var old = One(
            owner,
            $"SELECT string_agg(format('DROP VIEW {Schema}.%I;', viewname), '') FROM pg_views "
            + $"WHERE schemaname = '{Schema}'");
        One(owner, old as string ?? "");
        One(owner, wanted.Sql(Schema, Product));
        One(owner, Words);
        One(
            owner,
            $"GRANT USAGE ON SCHEMA {Schema} TO {role}; "
            + $"GRANT SELECT ON {Schema}.{string.Join($", {Schema}.", wanted.Tables.Keys)} TO {role};");
        using var made = new NpgsqlCommand($"UPDATE {Schema}.login SET made = $1", owner);
        made.Parameters.Add(new NpgsqlParameter { Value = wanted.ToString() });
        made.ExecuteNonQuery();
    }

    private static object? One(NpgsqlConnection owner, string sql)
    {
        if (sql.Length == 0) return null;
        using var command = new NpgsqlCommand(sql, owner);
        return command.ExecuteScalar();
    }

    // It contains the verifier and not the password, so no log or screen shows the password.
    private static string Statement(Kept login)
    {
        var salt = SHA256.HashData(Encoding.UTF8.GetBytes(login.Salt))[..16];
        var salted = Rfc2898DeriveBytes.Pbkdf2(login.Password, salt, Iterations, HashAlgorithmName.SHA256, 32);
        var client = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"CREATE ROLE {login.Role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD "
            + string.Create(
                CultureInfo.InvariantCulture,
                $"'SCRAM-SHA-256${Iterations}:{Base64(salt)}${Base64(client)}:{Base64(server)}';");
    }

    private static string Limit(Kept login) => $"ALTER ROLE {login.Role} SET temp_file_limit = '{MostFiles}';";

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes);

    private sealed record Kept(string Role, string Password, string Salt, bool IsRight, bool Exists);
}
