using System.Data.Common;
using ProactiveCare.Storage.PostgreSql;

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

    /// <summary>
    /// Executes a statement whose outcome nobody waits for: on a server it goes there with the next one that is
    /// answered, and what is wrong with it is thrown there, at the end of the work at the latest.
    /// </summary>
    public static void Post(this DbConnection db, string sql, params ReadOnlySpan<Value> values) =>
        Bound(db, sql, values).Post(null);

    /// <summary>As <see cref="Post(DbConnection,string,ReadOnlySpan{Value})"/>, for a statement that must change a
    /// row.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="unchanged">Called when it changed none; throws why.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="values">Its values.</param>
    public static void Post(
        this DbConnection db, Action unchanged, string sql, params ReadOnlySpan<Value> values) =>
        Bound(db, sql, values).Post(unchanged);

    /// <summary>Asks a query; on a server it goes there with others, once an answer is looked at.</summary>
    public static Answer<T> Ask<T>(
        this DbConnection db, string sql, Func<Row, T> read, params ReadOnlySpan<Value> values) =>
        Bound(db, sql, values).Ask(read);

    /// <summary>Sends what was posted or asked and still waits.</summary>
    public static void Send(this DbConnection db) => (db as PostgresConnection)?.Pipeline.Send();

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
        var statement = ((IPreparing)db).Statements.Of(sql);
        statement.Bind(values);
        return statement;
    }
}
