using Npgsql;
using ProactiveCare.Storage.Moving;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>Checks that the rules left to PostgreSQL are in force. The server checks its files itself.</summary>
internal static class ServerCheck
{
    private const string Unsound =
        """
        SELECT 'The constraint ' || conname || ' was never checked against the rows that were there before it.'
        FROM pg_constraint WHERE connamespace = 'care'::regnamespace AND NOT convalidated
        UNION ALL
        SELECT 'The index ' || c.relname || ' is not valid; build it again with: REINDEX INDEX care.' || c.relname
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'care'::regnamespace AND NOT (i.indisvalid AND i.indisready)
        UNION ALL
        SELECT 'The server has found ' || checksum_failures || ' pages of this database damaged.'
        FROM pg_stat_database WHERE datname = current_database() AND checksum_failures > 0
        ORDER BY 1
        """;

    /// <summary>Checks the server; a worker may continue meanwhile.</summary>
    /// <exception cref="StorageException">The server cannot be reached.</exception>
    public static DatabaseReport Run(PostgresServer server)
    {
        Pooler.Refuse(server);
        using var source = PostgresConnections.Source(server);
        using var db = PostgresConnections.OpenWriter(source);
        var notes = new List<string>();
        if (db.ExecuteScalar<string>("SHOW data_checksums") == "off")
            notes.Add("The server runs without data checksums, so it does not notice a page that its disk has spoilt.");
        var problems = Migrations.Postgres.MissingRules(db).Select(DatabaseCheck.Missing)
            .Concat(db.Query<string>(Unsound)).Concat(Overtaken(db)).ToList();
        var schema = db.ExecuteScalar<string?>(
            """
            SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
            WHERE e.extname = 'amcheck'
              AND has_function_privilege(
                to_regprocedure(quote_ident(n.nspname) || '.bt_index_check(regclass, boolean)'), 'EXECUTE')
            """);
        if (schema is not null) problems.AddRange(Indexes(db, schema));
        else notes.Add(
            "Indexes were not compared with their tables: the extension amcheck is not there, or not for this user.");
        notes.Add(
            "The files of the server are checked by its own tools: pg_amcheck while it runs, pg_checksums while it is "
            + "stopped, and its log.");
        return new DatabaseReport(server.Place, problems, notes);
    }

    // A sequence below a number in use would make the next insert fail.
    private static IEnumerable<string> Overtaken(DbConnection db)
    {
        var numbering = db.Query<(string Table, string Column, long Last)>(
            """
            SELECT c.relname::text, a.attname::text, COALESCE(pg_sequence_last_value(
              pg_get_serial_sequence('care.' || quote_ident(c.relname), a.attname)::regclass), 0)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'care'::regnamespace AND c.relkind = 'r' AND a.attidentity <> '' ORDER BY 1, 2
            """).AsList();
        foreach (var (table, column, last) in numbering)
        {
            var taken = db.ExecuteScalar<long>(
                $"SELECT COALESCE(MAX({MovedTable.Quoted(column)}), 0) FROM {MovedTable.Quoted(table)}");
            if (taken > last) yield return $"Table {table} would give {column} {last + 1} next, and {taken} is taken.";
        }
    }

    // One statement per index: a damaged index aborts the statement that checks it.
    private static IEnumerable<string> Indexes(DbConnection db, string schema)
    {
        var indexes = db.Query<(long Id, string Name)>(
            """
            SELECT c.oid::bigint, c.relname::text FROM pg_class c JOIN pg_am m ON m.oid = c.relam
            WHERE c.relnamespace = 'care'::regnamespace AND c.relkind = 'i' AND m.amname = 'btree' ORDER BY 2
            """).AsList();
        foreach (var (id, name) in indexes)
        {
            string? damage = null;
            try
            {
                db.Execute($"SELECT {schema}.bt_index_check({id}::oid::regclass, true)");
            }
            catch (PostgresException e)
            {
                damage = $"The index {name} is damaged: {e.MessageText}";
            }
            if (damage is not null) yield return damage;
        }
    }
}
