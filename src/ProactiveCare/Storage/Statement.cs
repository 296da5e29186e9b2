using System.Data.Common;
using Microsoft.Data.Sqlite;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Storage.Sqlite;

namespace ProactiveCare.Storage;

/// <summary>One statement prepared for very many rows.</summary>
internal abstract class Statement : IDisposable
{
    /// <summary>Prepares a statement.</summary>
    /// <param name="db">The connection, as the store hands it to a work.</param>
    /// <param name="sql">One statement; its parameters are ?1, ?2 and so on.</param>
    public static Statement Of(DbConnection db, string sql) => db is PostgresConnection postgres
        ? new PostgresStatement(postgres, sql)
        : new SqliteStatement((SqliteConnection)db, sql);

    /// <summary>
    /// Gives a parameter its value for this and later executions: null, string, long, double or byte[].
    /// </summary>
    /// <param name="index">From 1.</param>
    /// <param name="value">What a column takes.</param>
    public abstract void Bind(int index, object? value);

    /// <summary>Gives all parameters their values, in order.</summary>
    public abstract void Bind(ReadOnlySpan<Value> values);

    /// <summary>Executes with the values that are bound.</summary>
    /// <returns>How many rows it changed.</returns>
    public abstract int Execute();

    /// <summary>
    /// Executes with the values that are bound, at the latest with the next statement that is answered.
    /// </summary>
    /// <param name="unchanged">Called when it changed no row; null when that is as good.</param>
    public virtual void Post(Action? unchanged)
    {
        if (Execute() == 0) unchanged?.Invoke();
    }

    /// <summary>Reads all rows with the values that are bound, at the latest when they are looked at.</summary>
    public virtual Answer<T> Ask<T>(Func<Row, T> read)
    {
        var rows = new List<T>();
        Read(read, rows, int.MaxValue);
        return new(rows, null);
    }

    /// <summary>Reads rows with the values that are bound, as long as the reader wants more.</summary>
    public abstract void Read<T>(Func<Row, T> read, ICollection<T> rows, int most);

    /// <summary>Reads the first row with the values that are bound; the default when there is none.</summary>
    public abstract T? First<T>(Func<Row, T> read);

    /// <summary>Lets the statement go.</summary>
    public abstract void Dispose();
}

/// <summary>The statements that were prepared on a connection, kept until it closes.</summary>
internal sealed class Statements(DbConnection connection)
{
    private readonly Dictionary<string, Statement> prepared = new(new ByEnd());

    public Statement Of(string sql)
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

    // The same text is nearly always the same object, and hashing the whole of it would cost more than finding it.
    private sealed class ByEnd : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

        public int GetHashCode(string sql) =>
            HashCode.Combine(
                sql.Length, string.GetHashCode(sql.AsSpan(Math.Max(0, sql.Length - 8)), StringComparison.Ordinal));
    }
}

/// <summary>A connection that keeps the statements that were prepared on it.</summary>
internal interface IPreparing
{
    Statements Statements { get; }
}

/// <summary>A connection to SQLite that keeps the statements that were prepared on it until it closes.</summary>
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
