using System.Data;
using Npgsql;
using NpgsqlTypes;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage.Moving;

/// <summary>The target server of a move, in the one transaction that creates and fills its tables.</summary>
internal sealed class MoveTarget(PostgresConnection db)
{
    private const int EntriesAtOnce = 5000;

    /// <summary>Rows whose key to their closing row is checked at the commit, because they come first.</summary>
    public static IReadOnlyList<ClosedRows> ClosedRows(PostgresConnection db) => db.Query<ClosedRows>(
        """
        SELECT confrelid::regclass::text AS "table", conrelid::regclass::text AS parts, attname::text AS key
        FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ALL (conkey)
        WHERE connamespace = 'care'::regnamespace AND contype = 'f' AND condeferred
        """).AsList();

    /// <summary>Opens a table for a bulk copy; the rows count once it is completed.</summary>
    public Copying Into(MovedTable table, string name) => new(
        db.Inner.BeginBinaryImport($"COPY {name} ({table.List}) FROM STDIN (FORMAT BINARY)"));

    /// <summary>Creates a staging table for rows that the table itself accepts only one by one.</summary>
    public string Aside(MovedTable table)
    {
        var aside = MovedTable.Quoted("moved_" + table.Name);
        db.Execute(
            $"CREATE TEMPORARY TABLE {aside} (LIKE {MovedTable.Quoted(table.Name)} INCLUDING DEFAULTS) ON COMMIT DROP");
        return aside;
    }

    /// <summary>Writes the staged rows as the product would have: the parts of a row, then the row.</summary>
    public void Close(MovedTable whole, MovedTable parts, string key, Action step)
    {
        var (by, rows, lines) = (MovedTable.Quoted(key), Waiting(whole), Waiting(parts));
        db.Execute($"CREATE INDEX ON {rows} ({by}); CREATE INDEX ON {lines} ({by}); ANALYZE {rows}; ANALYZE {lines}");
        var last = db.ExecuteScalar<long>($"SELECT COALESCE(MAX({by}), 0) FROM {rows}");
        for (var after = 0L; after < last; after += EntriesAtOnce)
        {
            step();
            db.Execute(
                $"""
                DO $$
                DECLARE closing {rows}%ROWTYPE;
                BEGIN
                  FOR closing IN
                    SELECT * FROM {rows} WHERE {by} > {after} AND {by} <= {after + EntriesAtOnce} ORDER BY {by}
                  LOOP
                    INSERT INTO {MovedTable.Quoted(parts.Name)} ({parts.List})
                    SELECT {parts.List} FROM {lines} AS l WHERE l.{by} = closing.{by} ORDER BY {parts.Order};
                    INSERT INTO {MovedTable.Quoted(whole.Name)} ({whole.List})
                    SELECT {string.Join(", ", whole.Columns.Select(c => "closing." + MovedTable.Quoted(c.Name)))};
                  END LOOP;
                END $$;
                SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED
                """);
        }
    }

    /// <summary>Sets every numbering column to continue above the highest number ever given.</summary>
    public void GoOnNumbering(IReadOnlyList<MovedTable> tables, Func<string, string, long> highest)
    {
        var numbering = db.Query<(string Table, string Column)>(
            """
            SELECT c.relname::text, a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'care'::regnamespace AND c.relkind = 'r' AND a.attidentity <> ''
            """).AsList();
        foreach (var (table, column) in numbering)
        {
            if (!tables.Any(t => t.Name == table && t.Columns.Any(c => c.Name == column))) continue;
            if (highest(table, column) is > 0 and var last)
            {
                db.Execute(
                    "SELECT setval(pg_get_serial_sequence(@name, @column), @last)",
                    new { name = "care." + MovedTable.Quoted(table), column, last });
            }
        }
    }

    /// <summary>Passes on every value of a table, in the order of its key.</summary>
    public void Read(MovedTable table, IValues to, Action<long> shown)
    {
        using var command = db.Inner.CreateCommand();
        command.CommandText =
            $"SELECT {table.List} FROM {MovedTable.Quoted(table.Name)} ORDER BY {table.Order}";
        using var reader = command.ExecuteReader(CommandBehavior.SequentialAccess);
        for (var count = 0L; reader.Read(); shown(++count))
        {
            to.Row();
            for (var column = 0; column < table.Columns.Count; column++)
            {
                if (reader.IsDBNull(column)) to.Null();
                else Hand(table.Columns[column].Type, reader, column, to);
            }
        }
    }

    private static string Waiting(MovedTable table) => MovedTable.Quoted("moved_" + table.Name);

    private static void Hand(string type, NpgsqlDataReader row, int column, IValues to)
    {
        switch (type)
        {
            case "INTEGER":
                to.Whole(row.GetInt64(column));
                break;
            case "REAL":
                to.Real(row.GetDouble(column));
                break;
            case "BLOB":
                to.Bytes(row.GetFieldValue<byte[]>(column));
                break;
            default:
                to.Text(row.GetFieldValue<byte[]>(column));
                break;
        }
    }

    /// <summary>A table that is being filled.</summary>
    public sealed class Copying(NpgsqlBinaryImporter importer) : IValues, IDisposable
    {
        public void Row() => importer.StartRow();

        public void Null() => importer.WriteNull();

        public void Whole(long value) => importer.Write(value, NpgsqlDbType.Bigint);

        public void Real(double value) => importer.Write(value, NpgsqlDbType.Double);

        public void Text(byte[] value) => importer.Write(value, NpgsqlDbType.Text);

        public void Bytes(byte[] value) => importer.Write(value, NpgsqlDbType.Bytea);

        public void Complete() => importer.Complete();

        public void Dispose() => importer.Dispose();
    }
}
