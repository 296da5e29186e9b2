using System.Data.Common;

namespace ProactiveCare.Storage;

/// <summary>
/// Statements that are executed for every finding, credit or notice: a text with the parameters ?1, ?2 and so on, and
/// its values in that order. A text is prepared once for as long as the connection is open, so it has to be a constant.
/// </summary>
internal static class Prepared
{
    /// <returns>How many rows were changed.</returns>
    public static int Run(this DbConnection db, string sql, params ReadOnlySpan<Value> values) =>
        Bound(db, sql, values).Execute();

    /// <summary>Inserts a row into a table that numbers its rows.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="sql">One INSERT without RETURNING.</param>
    /// <param name="key">The column that holds the number.</param>
    /// <param name="values">What is inserted.</param>
    /// <returns>The number that the row got.</returns>
    public static long Insert(this DbConnection db, string sql, string key, params ReadOnlySpan<Value> values)
    {
        if (db is PostgresConnection) return db.First($"{sql} RETURNING {key}", row => row.Number(0), values);
        return ((SqliteStatement)Bound(db, sql, values)).Insert();
    }

    /// <returns>The first row; the default when there is none.</returns>
    public static T? First<T>(
        this DbConnection db, string sql, Func<Row, T> read, params ReadOnlySpan<Value> values) =>
        Bound(db, sql, values).First(read);

    public static List<T> All<T>(
        this DbConnection db, string sql, Func<Row, T> read, params ReadOnlySpan<Value> values)
    {
        var rows = new List<T>();
        Bound(db, sql, values).Read(read, rows, int.MaxValue);
        return rows;
    }

    /// <returns>
    /// The number of the next row of a table that numbers its rows, above every one ever given. Only the row that is
    /// inserted next in the same transaction may have it.
    /// </returns>
    public static long NextNumber(this DbConnection db, string table, string key) => db is PostgresConnection
        ? db.First("SELECT nextval(pg_get_serial_sequence(?1, ?2))", row => row.Number(0), table, key)
        : db.First("SELECT seq + 1 FROM sqlite_sequence WHERE name = ?1", row => (long?)row.Number(0), table) ?? 1;

    private static Statement Bound(DbConnection db, string sql, ReadOnlySpan<Value> values)
    {
        var statement = ((IPreparing)db).Statements.Of(sql);
        statement.Bind(values);
        return statement;
    }
}
