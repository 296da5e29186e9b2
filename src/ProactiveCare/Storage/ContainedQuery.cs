using System.Text.RegularExpressions;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Storage.Sqlite;

namespace ProactiveCare.Storage;

/// <summary>The bounds of a foreign SELECT.</summary>
/// <param name="Columns">The readable columns by table; every other table and column is refused.</param>
/// <param name="RowCap">More rows than this are an error, not a cut.</param>
/// <param name="Timeout">The statement is interrupted after this long.</param>
public sealed record Containment(IReadOnlyDictionary<string, IReadOnlySet<string>> Columns, int RowCap,
    Duration Timeout)
{
    /// <summary>Parameters known before the statement, which give their types. Others are whole numbers.</summary>
    public IReadOnlyDictionary<string, object> Parameters { get; init; } = new Dictionary<string, object>();
}

/// <summary>A foreign SELECT was refused, interrupted or wrong; the message says which and why.</summary>
public sealed class QueryException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>One read-only SELECT that the product did not write, on a restricted connection of its own.</summary>
public abstract partial class ContainedQuery : IDisposable
{
    // Values and rows are held in memory.
    internal const int LargestValue = 256 << 10;

    /// <summary>The names of the parameters that the statement uses, without the @.</summary>
    public IReadOnlyList<string> Parameters { get; private protected init; } = [];

    /// <summary>The names of the columns that it returns.</summary>
    public IReadOnlyList<string> Columns { get; private protected init; } = [];

    /// <summary>Prepares a statement over the installation's own database.</summary>
    /// <exception cref="QueryException">Not one SELECT, or it reads or does something forbidden.</exception>
    /// <exception cref="StorageException">The installation's server is away; the statement may be right.</exception>
    public static ContainedQuery Open(DataFolder folder, string sql, Containment containment, TimeProvider time) =>
        folder.Server is { } server
            ? PostgresQuery.Installed(server, sql, containment, time)
            : new SqliteQuery(folder, sql, containment, time);

    /// <summary>The names of the parameters of a statement in PostgreSQL's SQL.</summary>
    /// <exception cref="QueryException">It is no single SELECT, or cannot be analysed.</exception>
    public static IReadOnlyList<string> ServerParameters(string sql) => PostgresText.Of(sql).Parameters;

    /// <summary>Prepares a statement over telemetry in another engine, with the account given for it.</summary>
    /// <param name="name">The name of the source in messages.</param>
    /// <param name="connectionString">The connection string for PostgreSQL's wire protocol.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="containment">Its bounds; the account decides which columns may be read.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="QueryException">It is no SELECT, it is wrong, or the source is away.</exception>
    public static ContainedQuery Open(
        string name, string connectionString, string sql, Containment containment, TimeProvider time) =>
        PostgresQuery.Elsewhere(name, connectionString, sql, containment, time);

    /// <summary>
    /// Creates the role and views of statements on the server of an installation; a file needs nothing.
    /// </summary>
    /// <param name="folder">The installation.</param>
    /// <param name="columns">The readable columns by table.</param>
    /// <exception cref="StorageException">An administrator of the server has to do something first; the message says
    /// what.</exception>
    public static void Prepare(DataFolder folder, IReadOnlyDictionary<string, IReadOnlySet<string>> columns)
    {
        if (folder.Server is { } server) DetectionRole.Login(server, columns);
    }

    /// <summary>Runs the statement and passes on each row.</summary>
    /// <param name="parameters">Values by name without the @; names not in the statement are ignored.</param>
    /// <param name="row">
    /// Called for each row with its values, each null, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>
    /// or bytes; the list is the same for every row.
    /// </param>
    /// <exception cref="QueryException">It took too long, returned too much, or failed.</exception>
    /// <exception cref="StorageException">The installation's own server is away.</exception>
    public abstract void Run(IReadOnlyDictionary<string, object> parameters, Action<IReadOnlyList<object?>> row);

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the connection.</summary>
    protected abstract void Dispose(bool disposing);

    private protected static QueryException TooMany(Containment containment) => new(
        $"The statement returns more than {containment.RowCap} rows (rowCap); nothing of it was used.");

    private protected static QueryException TooSlow(Containment containment, Exception cause) => new(
        $"The statement was interrupted after {containment.Timeout.TotalSeconds:0.#} s (timeout).", cause);

    private protected static string MayRead(Containment containment) =>
        $"It may read: {string.Join(", ", containment.Columns.Keys.Order())}.";

    private protected static string ColumnsOf(Containment containment, string table) =>
        containment.Columns.TryGetValue(table, out var columns) ? $" {table} has: {string.Join(", ", columns)}." : "";

    /// <summary>The right names beside the wrong one that a database's message is about; empty for other messages.
    /// </summary>
    private protected static string Right(Containment containment, string sql, string message)
    {
        if (WrongName().Match(message) is not { Success: true } wrong) return "";
        var name = wrong.Groups["name"].Value.Trim('"').Split('.')[^1];
        var tables = containment.Columns.Keys.Order().ToList();
        var used = tables.FindAll(table => Regex.IsMatch(
            sql, $@"(\bFROM|\bJOIN|,)\s*(\w+\.)?{table}\b", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1)));
        var isColumn = wrong.Groups["kind"].Value == "column";
        var known = isColumn ? used.SelectMany(table => containment.Columns[table]) : tables;
        return (Nearest.To(name, known.Distinct()) is { } near ? $" Did you mean {near}?" : "")
            + (isColumn && used.Count > 0
                ? string.Concat(used.Select(table => ColumnsOf(containment, table)))
                : " " + MayRead(containment));
    }

    [GeneratedRegex("(no such )?(?<kind>table|column|relation):? (?<name>\"[^\"]+\"|[\\w.]+)( does not exist)?",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WrongName();
}
