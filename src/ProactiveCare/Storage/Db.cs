using System.Text.Json;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage;

/// <summary>
/// Prepared SQL on either database: a text with the parameters ?1, ?2 and so on, and its values in that order. A text
/// is prepared once for as long as the connection is open, so it has to be a constant.
/// </summary>
internal static class Db
{
    /// <returns>The number of changed rows.</returns>
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

    /// <summary>Executes an INSERT of values or an UPDATE for each item: in a loop in a file, as one statement over
    /// arrays on a server. Items that update the same row do so in any order.</summary>
    /// <returns>The items whose UPDATE changed no row, in order; none for an INSERT.</returns>
    public static List<T> ForAll<T>(
        this DbConnection db, string sql, IReadOnlyList<T> items, Func<T, Value[]> values) =>
        items.Count == 0 ? [] : Statements(db).Get(sql).ForAll(items, values);

    /// <summary>Executes a SELECT for each item, like the other overload.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="sql">One SELECT.</param>
    /// <param name="items">The items.</param>
    /// <param name="values">The values of an item; null skips the item, which then has no rows.</param>
    /// <param name="read">Reads a row.</param>
    /// <returns>The rows of each item, in the order of the items.</returns>
    public static TRow[][] ForAll<T, TRow>(
        this DbConnection db, string sql, IReadOnlyList<T> items, Func<T, Value[]?> values, Func<Row, TRow> read) =>
        items.Count == 0 ? [] : Statements(db).Get(sql).ForAll(items, values, read);

    /// <returns>The next numbers of a table that numbers its rows, ascending, above every number ever given. Only rows
    /// inserted next in the same transaction may use them.</returns>
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

/// <summary>Locks of work that shares the database (<see cref="Store.Share{T}"/>). A file needs none.</summary>
internal static class Locks
{
    /// <summary>For a SELECT that claims rows of a table: skips rows that another transaction has locked.</summary>
    public static string SkipLocked(this DbConnection db, string table) =>
        db is PostgresConnection ? $" FOR UPDATE OF {table} SKIP LOCKED" : "";

    /// <summary>Waits for the lock of that name, and holds it until the transaction ends.</summary>
    public static void Lock(this DbConnection db, string name)
    {
        if (db is PostgresConnection)
            db.First("SELECT pg_advisory_xact_lock(hashtextextended(?1, 0)) IS NULL", _ => true, name);
    }

    /// <summary>Locks rows until the transaction ends, in the order of their keys.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="table">The table.</param>
    /// <param name="key">Its column of keys, a text.</param>
    /// <param name="values">The keys; some may have no row.</param>
    /// <returns>The keys that have one; null where no locks are needed.</returns>
    public static IReadOnlySet<string>? LockRows(
        this DbConnection db, string table, string key, IEnumerable<string> values) =>
        db is PostgresConnection
            ? db.Query<string>(
                $"""
                 SELECT {key} FROM {table} WHERE {key} IN ({db.Elements("@keys")})
                 ORDER BY {key} FOR NO KEY UPDATE
                 """,
                new { keys = Lists.Json(values.Distinct(StringComparer.Ordinal)) })
                .ToHashSet(StringComparer.Ordinal)
            : null;
}

/// <summary>A list as one parameter: a JSON array, expanded by a function of each database.</summary>
internal static class Lists
{
    public static string Json<T>(IEnumerable<T> list) => JsonSerializer.Serialize(list);

    /// <summary>A query for the elements of the array in a parameter, as texts.</summary>
    public static string Elements(this DbConnection db, string parameter) => db is PostgresConnection
        ? $"SELECT value FROM json_array_elements_text(CAST({parameter} AS json)) AS element (value)"
        : $"SELECT value FROM json_each({parameter})";

    /// <summary>A table of the arrays in the array in a parameter; the first text of one is <c>value ->> 0</c>.
    /// </summary>
    public static string Arrays(this DbConnection db, string parameter, string name) => db is PostgresConnection
        ? $"json_array_elements(CAST({parameter} AS json)) AS {name} (value)"
        : $"json_each({parameter}) AS {name}";
}

/// <summary>The condition of a list. It contains only the requested filters, so that an index can serve them.</summary>
internal static class Filters
{
    /// <summary>A WHERE of the conditions that are not null; empty when all are.</summary>
    public static string Where(params IEnumerable<string?> conditions) =>
        string.Join(" AND ", conditions.OfType<string>()) is { Length: > 0 } all ? "WHERE " + all : "";
}
