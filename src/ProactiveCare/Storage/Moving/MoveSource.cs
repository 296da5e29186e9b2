using Microsoft.Data.Sqlite;
using ProactiveCare.Storage.Sqlite;
using SQLitePCL;

namespace ProactiveCare.Storage.Moving;

/// <summary>The file that moves: one snapshot of it, on a connection that cannot write.</summary>
internal sealed class MoveSource : IDisposable
{
    private readonly SqliteConnection db;

    /// <exception cref="StorageException">The file is damaged, or of an earlier version.</exception>
    public MoveSource(DataFolder folder, Migrations known)
    {
        if (Backup.Check(folder.Database) is [var first, ..])
            throw new StorageException($"{folder.Database} is not sound, so it is not moved: {first}");
        db = Connections.Open(folder.Database, SqliteOpenMode.ReadOnly, pooling: false);
        try
        {
            // The last reader to close would checkpoint the log into the file; this file must not change.
            raw.sqlite3_db_config(db.Handle!, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
            db.Execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; BEGIN");
            known.RequireNone(db);
            Tables = [.. db.Query<string>(
                """
                SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
                  AND name <> 'migration' ORDER BY rowid
                """).AsList().Select(Table)];
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    public DbConnection Db => db;

    /// <summary>The tables, in the order of their creation.</summary>
    public IReadOnlyList<MovedTable> Tables { get; }

    /// <summary>The tables that a table refers to.</summary>
    public IEnumerable<string> Parents(MovedTable table) => db.Query<string>(
        "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(@Name)", new { table.Name });

    public long Count(MovedTable table) =>
        db.ExecuteScalar<long>($"SELECT COUNT(*) FROM {MovedTable.Quoted(table.Name)}");

    /// <summary>The highest number ever given by a column.</summary>
    public long Highest(string table, string column)
    {
        var name = MovedTable.Quoted(table);
        return db.ExecuteScalar<long>(
            $"""
            SELECT MAX(COALESCE((SELECT MAX({MovedTable.Quoted(column)}) FROM {name}), 0),
              COALESCE((SELECT seq FROM sqlite_sequence WHERE name = @table), 0))
            """,
            new { table });
    }

    /// <summary>Passes on every value of a table, in the order of its key.</summary>
    public void Read(MovedTable table, IReadOnlyList<IValues> to, Action<long> shown)
    {
        var sql = $"SELECT {table.List} FROM {MovedTable.Quoted(table.Name)} ORDER BY {table.Order}";
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(db.Handle!, sql, out var rows), db.Handle);
        using (rows)
        {
            var result = 0;
            for (var count = 0L; (result = raw.sqlite3_step(rows)) == raw.SQLITE_ROW; shown(++count))
            {
                foreach (var values in to) values.Row();
                for (var column = 0; column < table.Columns.Count; column++) Hand(table, rows, column, to);
            }
            if (result != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(result, db.Handle);
        }
    }

    public void Dispose() => db.Dispose();

    private static void Hand(MovedTable table, sqlite3_stmt row, int column, IReadOnlyList<IValues> to)
    {
        switch (raw.sqlite3_column_type(row, column))
        {
            case raw.SQLITE_NULL:
                foreach (var values in to) values.Null();
                break;
            case raw.SQLITE_INTEGER:
                var whole = raw.sqlite3_column_int64(row, column);
                foreach (var values in to) values.Whole(whole);
                break;
            case raw.SQLITE_FLOAT:
                var real = raw.sqlite3_column_double(row, column);
                foreach (var values in to) values.Real(real);
                break;
            case raw.SQLITE_BLOB:
                var bytes = raw.sqlite3_column_blob(row, column).ToArray();
                foreach (var values in to) values.Bytes(bytes);
                break;
            default:
                // The unchanged bytes: a text may contain U+0000, which PostgreSQL cannot store.
                var text = raw.sqlite3_column_blob(row, column).ToArray();
                if (text.AsSpan().Contains((byte)0)) throw Unfit(table, row, column);
                foreach (var values in to) values.Text(text);
                break;
        }
    }

    private static StorageException Unfit(MovedTable table, sqlite3_stmt row, int column)
    {
        var where = table.Columns.Select((c, i) => (c, i)).Where(at => at.c.Key > 0)
            .Select(at => $"{at.c.Name} = {raw.sqlite3_column_text(row, at.i).utf8_to_string()}");
        return new StorageException(
            $"The column {table.Columns[column].Name} of table {table.Name}, row {string.Join(", ", where)}, holds the "
            + "character U+0000, which PostgreSQL cannot store. Nothing was moved.");
    }

    private MovedTable Table(string name) => new(
        name,
        [.. db.Query<MovedColumn>(
            "SELECT name, type, pk AS key FROM pragma_table_info(@name) ORDER BY cid", new { name })]);
}
