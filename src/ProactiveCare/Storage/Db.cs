using System.Data.Common;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage;

/// <summary>
/// Prepared SQL on either database: a text with the parameters ?1, ?2 and so on, and its values in that order. A text
/// is prepared once for as long as the connection is open, so it has to be a constant.
/// </summary>
internal static class Db
{
    /// <returns>How many rows were changed.</returns>
    public static int Run(this DbConnection db, string sql, params ReadOnlySpan<Value> values) =>
        Bound(db, sql, values).Execute();

    /// <returns>The first row; the default when there is none.</returns>
    public static T? First<T>(
        this DbConnection db, string sql, Func<Row, T> read, params ReadOnlySpan<Value> values) =>
        Bound(db, sql, values).First(read);

    /// <returns>All rows.</returns>
    public static List<T> All<T>(
        this DbConnection db, string sql, Func<Row, T> read, params ReadOnlySpan<Value> values)
    {
        var rows = new List<T>();
        Bound(db, sql, values).Read(read, rows, int.MaxValue);
        return rows;
    }

    /// <summary>
    /// Executes an INSERT of values or an UPDATE for each item: in a loop in a file, as one statement over arrays on a
    /// server. Items that update the same row do so in any order.
    /// </summary>
    /// <returns>The items whose UPDATE changed no row, in order; none for an INSERT.</returns>
    public static List<T> ForAll<T>(
        this DbConnection db, string sql, IReadOnlyList<T> items, Func<T, Value[]> values) =>
        items.Count == 0 ? [] : Statements(db).Get(sql).ForAll(items, values);

    /// <summary>Executes a SELECT for each item, as the other overload does.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="sql">One SELECT.</param>
    /// <param name="items">What it is executed for.</param>
    /// <param name="values">The values of an item; null skips the item, which then has no rows.</param>
    /// <param name="read">Reads a row.</param>
    /// <returns>The rows of each item, in the order of the items.</returns>
    public static TRow[][] ForAll<T, TRow>(
        this DbConnection db, string sql, IReadOnlyList<T> items, Func<T, Value[]?> values, Func<Row, TRow> read) =>
        items.Count == 0 ? [] : Statements(db).Get(sql).ForAll(items, values, read);

    /// <returns>
    /// The numbers of the next rows of a table that numbers its rows, rising, above every one ever given. Only the rows
    /// that are inserted next in the same transaction may have them.
    /// </returns>
    public static IReadOnlyList<long> NextNumbers(this DbConnection db, string table, string key, int count)
    {
        if (count == 0) return [];
        if (db is PostgresConnection)
        {
            var numbers = db.All(
                "SELECT nextval(pg_get_serial_sequence(?1, ?2)) FROM generate_series(1, ?3)", row => row.Number(0),
                table, key, count);
            numbers.Sort();
            return numbers;
        }
        var next = db.First("SELECT seq + 1 FROM sqlite_sequence WHERE name = ?1", row => (long?)row.Number(0), table);
        return [.. Enumerable.Range(0, count).Select(i => (next ?? 1) + i)];
    }

    private static Statement Bound(DbConnection db, string sql, ReadOnlySpan<Value> values)
    {
        var statement = Statements(db).Get(sql);
        statement.Bind(values);
        return statement;
    }

    private static Statements Statements(DbConnection db) => ((IPreparing)db).Statements;
}
