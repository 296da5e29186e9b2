using System.Data.Common;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ProactiveCare.Storage;

/// <summary>
/// One statement prepared for very many rows. It binds to SQLite itself: a command looks each parameter up by its name
/// and encodes every text anew for each row, which made imports three times slower than the statement they run.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 connection;
    private readonly sqlite3_stmt prepared;
    private readonly int parameters;
    private byte[] text = new byte[256];

    /// <param name="db">The connection, as the store hands it to a work.</param>
    /// <param name="sql">One statement; its parameters are ?1, ?2 and so on.</param>
    public Statement(DbConnection db, string sql)
    {
        connection = ((SqliteConnection)db).Handle!;
        SqliteException.ThrowExceptionForRC(
            raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out prepared), connection);
        parameters = raw.sqlite3_bind_parameter_count(prepared);
    }

    /// <summary>
    /// Gives a parameter its value for this and later executions: null, string, long, double or byte[].
    /// </summary>
    /// <param name="index">From 1.</param>
    /// <param name="value">What a column of a strict table takes.</param>
    public void Bind(int index, object? value)
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

    /// <summary>Gives all parameters their values, in order.</summary>
    public void Bind(ReadOnlySpan<Value> values)
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

    /// <summary>Executes with the values that are bound.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Execute()
    {
        var result = raw.sqlite3_step(prepared);
        var changed = result == raw.SQLITE_DONE ? raw.sqlite3_changes(connection) : 0;
        var reset = raw.sqlite3_reset(prepared);
        SqliteException.ThrowExceptionForRC(reset, connection);
        return changed;
    }

    /// <summary>Executes an insert with the values that are bound.</summary>
    /// <returns>The number that the row got.</returns>
    public long Insert()
    {
        Execute();
        return raw.sqlite3_last_insert_rowid(connection);
    }

    /// <summary>Reads rows with the values that are bound, as long as the reader wants more.</summary>
    public void Read<T>(Func<Row, T> read, ICollection<T> rows, int most)
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

    /// <summary>Reads the first row with the values that are bound; the default when there is none.</summary>
    public T? First<T>(Func<Row, T> read)
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

    /// <summary>Lets the statement go.</summary>
    public void Dispose() => prepared.Dispose();

    private int BindText(int index, string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (text.Length < most) text = new byte[most];
        return raw.sqlite3_bind_text(prepared, index, text.AsSpan(0, Encoding.UTF8.GetBytes(value, text)));
    }
}
