using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Storage.Sqlite;
using SQLitePCL;

namespace ProactiveCare.Storage;

/// <summary>One prepared statement.</summary>
internal abstract class Statement : IDisposable
{
    /// <summary>Prepares a statement.</summary>
    /// <param name="db">The connection of the transaction.</param>
    /// <param name="sql">One statement; its parameters are ?1, ?2 and so on.</param>
    public static Statement Of(DbConnection db, string sql) => db is PostgresConnection postgres
        ? new PostgresStatement(postgres, sql)
        : new SqliteStatement((SqliteConnection)db, sql);

    /// <summary>Whether it is an INSERT.</summary>
    protected abstract bool IsInsert { get; }

    /// <summary>
    /// Binds a value to a parameter for this and later executions: null, string, long, double or byte[].
    /// </summary>
    /// <param name="index">From 1.</param>
    /// <param name="value">The value of a column.</param>
    public abstract void Bind(int index, object? value);

    /// <summary>Binds values to all parameters, in order.</summary>
    public abstract void Bind(ReadOnlySpan<Value> values);

    /// <summary>Executes with the bound values.</summary>
    /// <returns>The number of changed rows.</returns>
    public abstract int Execute();

    /// <summary>Reads rows with the bound values, up to a number of rows in the collection.</summary>
    public abstract void Read<T>(Func<Row, T> read, ICollection<T> rows, int most);

    /// <summary>Reads the first row with the bound values; the default when there is none.</summary>
    public abstract T? First<T>(Func<Row, T> read);

    /// <summary>Executes for each item.</summary>
    /// <returns>The items whose UPDATE changed no row, in order; none for an INSERT.</returns>
    public virtual List<T> ForAll<T>(IReadOnlyList<T> items, Func<T, Value[]> values)
    {
        var unchanged = new List<T>();
        foreach (var item in items)
        {
            Bind(values(item));
            if (Execute() == 0 && !IsInsert) unchanged.Add(item);
        }
        return unchanged;
    }

    /// <summary>Reads the rows of each item; an item whose values are null is skipped and has none.</summary>
    public virtual TRow[][] ForAll<T, TRow>(
        IReadOnlyList<T> items, Func<T, Value[]?> values, Func<Row, TRow> read)
    {
        var (answers, rows) = (new TRow[items.Count][], new List<TRow>());
        for (var i = 0; i < answers.Length; i++)
        {
            rows.Clear();
            if (values(items[i]) is { } bound)
            {
                Bind(bound);
                Read(read, rows, int.MaxValue);
            }
            answers[i] = [.. rows];
        }
        return answers;
    }

    /// <summary>Frees the statement.</summary>
    public abstract void Dispose();
}

/// <summary>A value for a parameter of a prepared statement, in a column's form.</summary>
internal readonly struct Value
{
    private Value(string? text) => (Text, IsNull) = (text, text is null);

    private Value(long? number) => (Number, IsNull) = (number ?? 0, number is null);

    public bool IsNull { get; }

    /// <summary>The text; null for a number.</summary>
    public string? Text { get; }

    public long Number { get; }

    public static implicit operator Value(string? text) => new(text);

    public static implicit operator Value(long? number) => new(number);

    public static implicit operator Value(bool flag) => new(flag ? 1 : 0);

    public static implicit operator Value(Instant? instant) => new(instant?.ToUnixTimeMilliseconds());

    public static implicit operator Value(Currency? currency) => new(currency?.Code);

    public static implicit operator Value(Code? code) => new(code?.Text);

    public static implicit operator Value(CustomerId? id) => new(id?.Value);

    public static implicit operator Value(PurchaseId? id) => new(id?.Value);

    public static implicit operator Value(JobId? id) => new(id?.Value);

    public static implicit operator Value(JobVersion? version) => new(version?.Value);

    public static implicit operator Value(ActorId? id) => new(id?.Value);

    public static implicit operator Value(RunId? id) => new(id?.Value);

    public static implicit operator Value(CaseId? id) => new(id?.Value);

    public static implicit operator Value(CreditId? id) => new(id?.Value);

    public static implicit operator Value(NoticeId? id) => new(id?.Value);

    public static implicit operator Value(EntryId? id) => new(id?.Value);
}

/// <summary>The current row of a prepared statement; its columns count from 0.</summary>
internal readonly struct Row
{
    private readonly sqlite3_stmt? prepared;
    private readonly DbDataReader? reader;

    public Row(sqlite3_stmt prepared) => this.prepared = prepared;

    public Row(DbDataReader reader) => this.reader = reader;

    public bool IsNull(int column) =>
        reader?.IsDBNull(column) ?? raw.sqlite3_column_type(prepared!, column) == raw.SQLITE_NULL;

    public string Text(int column) =>
        reader?.GetString(column) ?? raw.sqlite3_column_text(prepared!, column).utf8_to_string();

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public long Number(int column) => reader?.GetInt64(column) ?? raw.sqlite3_column_int64(prepared!, column);

    public long? NumberOrNull(int column) => IsNull(column) ? null : Number(column);

    public T Code<T>(int column) where T : Code => (T)Codes.Parse(typeof(T), Text(column));

    public T? CodeOrNull<T>(int column) where T : Code => IsNull(column) ? null : Code<T>(column);

    public bool Flag(int column) => Number(column) != 0;

    public Instant Instant(int column) => NodaTime.Instant.FromUnixTimeMilliseconds(Number(column));

    public Instant? InstantOrNull(int column) => IsNull(column) ? null : Instant(column);
}

/// <summary>The statements that were prepared on a connection, kept until it closes.</summary>
internal sealed class Statements(DbConnection connection)
{
    private readonly Dictionary<string, Statement> prepared = new(new ByEnd());

    public Statement Get(string sql)
    {
        if (!prepared.TryGetValue(sql, out var statement))
            prepared.Add(sql, statement = Statement.Of(connection, sql));
        return statement;
    }

    public void Clear()
    {
        foreach (var statement in prepared.Values) statement.Dispose();
        prepared.Clear();
    }

    // The same text is nearly always the same object; hashing all of it would cost more than the lookup.
    private sealed class ByEnd : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

        public int GetHashCode(string sql) =>
            HashCode.Combine(
                sql.Length, string.GetHashCode(sql.AsSpan(Math.Max(0, sql.Length - 8)), StringComparison.Ordinal));
    }
}

/// <summary>A connection that keeps its prepared statements.</summary>
internal interface IPreparing
{
    Statements Statements { get; }
}

/// <summary>A connection to SQLite that keeps its prepared statements until it closes.</summary>
internal sealed class PreparingConnection : SqliteConnection, IPreparing
{
    public PreparingConnection(string settings) : base(settings) => Statements = new(this);

    public Statements Statements { get; }

    public override void Close()
    {
        Statements.Clear();
        base.Close();
    }
}

/// <summary>Bulk-inserts rows into PostgreSQL by its binary COPY.</summary>
internal static class BulkCopy
{
    /// <summary>Whether a connection supports COPY.</summary>
    public static bool Serves(DbConnection db) => db is PostgresConnection;

    /// <summary>Copies rows into a table, in the caller's transaction.</summary>
    /// <param name="db">The connection, as the store passes it to the work.</param>
    /// <param name="table">The table.</param>
    /// <param name="columns">Its columns, in the order of the values.</param>
    /// <param name="rows">Each value null, string, long, double or byte[] as its column requires; one array may serve
    /// for all rows.</param>
    public static void Into(
        DbConnection db, string table, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        using var copy = ((PostgresConnection)db).Inner.BeginBinaryImport(
            $"COPY {table} ({string.Join(", ", columns)}) FROM STDIN (FORMAT BINARY)");
        foreach (var row in rows)
        {
            copy.StartRow();
            for (var i = 0; i < row.Count; i++) Write(copy, row[i]);
        }
        copy.Complete();
    }

    private static void Write(NpgsqlBinaryImporter copy, object? value)
    {
        switch (value)
        {
            case null: copy.WriteNull(); break;
            case string text: copy.Write(text, NpgsqlDbType.Text); break;
            case long number: copy.Write(number, NpgsqlDbType.Bigint); break;
            case double number: copy.Write(number, NpgsqlDbType.Double); break;
            case byte[] bytes: copy.Write(bytes, NpgsqlDbType.Bytea); break;
            default: throw new ArgumentException($"A {value.GetType().Name} is no value of a column.", nameof(value));
        }
    }
}
