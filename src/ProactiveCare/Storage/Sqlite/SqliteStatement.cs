using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ProactiveCare.Storage.Sqlite;

/// <summary>One statement prepared for very many rows. It binds to SQLite directly: a command looks each parameter up
/// by name and encodes every text again for each row, which made imports three times slower.</summary>
internal sealed class SqliteStatement : Statement
{
    private readonly sqlite3 connection;
    private readonly sqlite3_stmt prepared;
    private readonly int parameters;
    private byte[] text = new byte[256];

    /// <param name="db">The connection, as the store passes it to the work.</param>
    /// <param name="sql">One statement; its parameters are ?1, ?2 and so on.</param>
    public SqliteStatement(SqliteConnection db, string sql)
    {
        connection = db.Handle!;
        SqliteException.ThrowExceptionForRC(
            raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out prepared), connection);
        parameters = raw.sqlite3_bind_parameter_count(prepared);
        IsInsert = sql.StartsWith("INSERT", StringComparison.Ordinal);
    }

    protected override bool IsInsert { get; }

    public override void Bind(int index, object? value)
    {
        var result = value switch
        {
            null => raw.sqlite3_bind_null(prepared, index),
            string s => BindText(index, s),
            long number => raw.sqlite3_bind_int64(prepared, index, number),
            double number => raw.sqlite3_bind_double(prepared, index, number),
            byte[] bytes => raw.sqlite3_bind_blob(prepared, index, bytes),
            _ => throw new ArgumentException($"A {value.GetType().Name} is no value of a column.", nameof(value)),
        };
        SqliteException.ThrowExceptionForRC(result, connection);
    }

    public override void Bind(ReadOnlySpan<Value> values)
    {
        if (values.Length != parameters)
            throw new ArgumentException(
                $"The statement takes {parameters} values, not {values.Length}.", nameof(values));
        for (var i = 0; i < values.Length; i++)
        {
            var result = values[i] switch
            {
                { IsNull: true } => raw.sqlite3_bind_null(prepared, i + 1),
                { Text: { } s } => BindText(i + 1, s),
                var number => raw.sqlite3_bind_int64(prepared, i + 1, number.Number),
            };
            SqliteException.ThrowExceptionForRC(result, connection);
        }
    }

    public override int Execute()
    {
        var result = raw.sqlite3_step(prepared);
        var changed = result == raw.SQLITE_DONE ? raw.sqlite3_changes(connection) : 0;
        var reset = raw.sqlite3_reset(prepared);
        SqliteException.ThrowExceptionForRC(reset, connection);
        return changed;
    }

    public override void Read<T>(Func<Row, T> read, ICollection<T> rows, int most)
    {
        try
        {
            var result = raw.SQLITE_DONE;
            while (rows.Count < most && (result = raw.sqlite3_step(prepared)) == raw.SQLITE_ROW)
                rows.Add(read(new Row(prepared)));
            if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
                SqliteException.ThrowExceptionForRC(result, connection);
        }
        finally
        {
            raw.sqlite3_reset(prepared);
        }
    }

    public override T? First<T>(Func<Row, T> read) where T : default
    {
        try
        {
            var result = raw.sqlite3_step(prepared);
            if (result == raw.SQLITE_ROW) return read(new Row(prepared));
            if (result != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(result, connection);
            return default;
        }
        finally
        {
            raw.sqlite3_reset(prepared);
        }
    }

    public override void Dispose() => prepared.Dispose();

    private int BindText(int index, string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (text.Length < most) text = new byte[most];
        return raw.sqlite3_bind_text(prepared, index, text.AsSpan(0, Encoding.UTF8.GetBytes(value, text)));
    }
}
