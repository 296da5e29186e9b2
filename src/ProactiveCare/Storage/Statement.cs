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
    private byte[] text = new byte[256];

    /// <param name="db">The connection, as the store hands it to a work.</param>
    /// <param name="sql">One statement; its parameters are ?1, ?2 and so on.</param>
    public Statement(DbConnection db, string sql)
    {
        connection = ((SqliteConnection)db).Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(connection, sql, out prepared), connection);
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

    /// <summary>Lets the statement go.</summary>
    public void Dispose() => prepared.Dispose();

    private int BindText(int index, string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (text.Length < most) text = new byte[most];
        return raw.sqlite3_bind_text(prepared, index, text.AsSpan(0, Encoding.UTF8.GetBytes(value, text)));
    }
}
