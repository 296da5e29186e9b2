using System.Data.Common;
using Microsoft.Data.Sqlite;

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

    /// <returns>The number that the inserted row got.</returns>
    public static long Insert(this DbConnection db, string sql, params ReadOnlySpan<Value> values) =>
        Bound(db, sql, values).Insert();

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

    /// <returns>The number that the next row of an AUTOINCREMENT table gets: above every one ever given.</returns>
    public static long NextNumber(this DbConnection db, string table) =>
        db.First("SELECT seq + 1 FROM sqlite_sequence WHERE name = ?1", row => (long?)row.Number(0), table) ?? 1;

    private static Statement Bound(DbConnection db, string sql, ReadOnlySpan<Value> values)
    {
        var statement = ((PreparingConnection)db).Statement(sql);
        statement.Bind(values);
        return statement;
    }
}

/// <summary>A connection that keeps the statements that were prepared on it until it closes.</summary>
internal sealed class PreparingConnection(string settings) : SqliteConnection(settings)
{
    private readonly Dictionary<string, Statement> statements = new(new ByEnd());

    public Statement Statement(string sql)
    {
        if (!statements.TryGetValue(sql, out var statement))
            statements.Add(sql, statement = new Statement(this, sql));
        return statement;
    }

    public override void Close()
    {
        foreach (var statement in statements.Values) statement.Dispose();
        statements.Clear();
        base.Close();
    }

    // The same text is nearly always the same object, and hashing the whole of it would cost more than finding it.
    private sealed class ByEnd : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

        public int GetHashCode(string sql) =>
            HashCode.Combine(
                sql.Length, string.GetHashCode(sql.AsSpan(Math.Max(0, sql.Length - 8)), StringComparison.Ordinal));
    }
}
