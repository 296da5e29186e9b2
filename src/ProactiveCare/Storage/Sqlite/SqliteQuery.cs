using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ProactiveCare.Storage.Sqlite;

/// <summary>A contained query of SQLite, which calls the authorizer for every table, column and function during
/// preparation, and the progress handler during execution.</summary>
internal sealed partial class SqliteQuery : ContainedQuery
{
    private const int ProgressSteps = 4_000;
    // A function call is one step that nothing interrupts, and may cost the product of its texts' lengths.
    private const int LongestPattern = 100;
    private const long MostMemory = 256L << 20;

    // They would make a run depend on something other than its inputs.
    private static readonly HashSet<string> RefusedFunctions =
        new(["random", "randomblob", "load_extension", "fts3_tokenizer", "sqlite_version", "changes", "total_changes",
            "last_insert_rowid"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> TableFunctions =
        new(["json_each", "json_tree"], StringComparer.OrdinalIgnoreCase);

    private readonly SqliteConnection connection;
    private readonly Containment containment;
    private readonly TimeProvider time;
    private readonly string sql;
    private readonly strdelegate_authorizer authorizer;
    private readonly delegate_progress progress;
    private long deadline = long.MaxValue;
    private long mostMemory = long.MaxValue;
    private readonly HashSet<string> tables;
    private string? refused;

    /// <summary>Prepares a statement.</summary>
    /// <exception cref="QueryException">Not one SELECT, or it reads or does something forbidden.</exception>
    public SqliteQuery(DataFolder folder, string sql, Containment containment, TimeProvider time)
    {
        this.sql = sql;
        this.containment = containment;
        this.time = time;
        authorizer = Authorize;
        progress = _ => time.GetTimestamp() > deadline || raw.sqlite3_memory_used() > mostMemory ? 1 : 0;
        connection = Connections.Open(folder.Database, SqliteOpenMode.ReadOnly, pooling: false);
        tables = Tables(connection);
        // A cache of this size sorts arrivals in memory.
        raw.sqlite3_exec(connection.Handle!, "PRAGMA cache_size = -65536");
        raw.sqlite3_limit(connection.Handle!, raw.SQLITE_LIMIT_LENGTH, LargestValue);
        raw.sqlite3_limit(connection.Handle!, raw.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LongestPattern);
        // Temporary data counts as memory; in files only the disk would limit it.
        raw.sqlite3_exec(connection.Handle!, "PRAGMA temp_store = MEMORY");
        raw.sqlite3_set_authorizer(connection.Handle!, authorizer, null);
        raw.sqlite3_progress_handler(connection.Handle!, ProgressSteps, progress, null);
        try
        {
            (Parameters, Columns) = Describe();
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override void Run(
        IReadOnlyDictionary<string, object> parameters, Action<IReadOnlyList<object?>> row)
    {
        deadline = time.GetTimestamp() + (long)(containment.Timeout.TotalSeconds * time.TimestampFrequency);
        mostMemory = raw.sqlite3_memory_used() + MostMemory;
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in Parameters) command.Parameters.AddWithValue("@" + name, parameters[name]);
        try
        {
            using var reader = command.ExecuteReader();
            var values = new object?[reader.FieldCount];
            for (var rows = 0; reader.Read(); rows++)
            {
                if (rows == containment.RowCap) throw TooMany(containment);
                for (var i = 0; i < values.Length; i++) values[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
                row(values);
            }
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw time.GetTimestamp() > deadline
                ? TooSlow(containment, e)
                : new QueryException(
                    $"The statement needs more than {MostMemory >> 20} MiB of memory; let it read or sort less.", e);
        }
        catch (SqliteException e)
        {
            throw new QueryException($"The statement failed: {e.Message}", e);
        }
    }

    protected override void Dispose(bool disposing) => connection.Dispose();

    private (List<string> Parameters, List<string> Columns) Describe()
    {
        var code = raw.sqlite3_prepare_v2(connection.Handle!, sql, out var statement, out var tail);
        using (statement)
        {
            if (refused is not null) throw new QueryException(refused);
            if (code != raw.SQLITE_OK)
            {
                var wrong = raw.sqlite3_errmsg(connection.Handle!).utf8_to_string();
                throw new QueryException($"The statement is not right: {wrong}.{Right(containment, sql, wrong)}");
            }
            if (raw.sqlite3_prepare_v2(connection.Handle!, tail, out var second) != raw.SQLITE_OK || !second.IsInvalid)
                throw new QueryException("There is more than one statement; a detector is one SELECT.");
            second.Dispose();
            if (raw.sqlite3_stmt_readonly(statement) == 0) throw new QueryException(
                "The statement writes; a detector is one SELECT.");
            var parameters = Enumerable.Range(1, raw.sqlite3_bind_parameter_count(statement))
                .Select(i => raw.sqlite3_bind_parameter_name(statement, i).utf8_to_string() is { Length: > 1 } name
                    && name[0] == '@'
                    ? name[1..]
                    : throw new QueryException("Parameters are written @name."));
            var columns = Enumerable.Range(0, raw.sqlite3_column_count(statement))
                .Select(i => raw.sqlite3_column_name(statement, i).utf8_to_string());
            return ([.. parameters], [.. columns]);
        }
    }

    private int Authorize(object user, int action, string first, string second, string database, string view)
    {
        var allowed = action switch
        {
            raw.SQLITE_SELECT or raw.SQLITE_RECURSIVE => true,
            raw.SQLITE_FUNCTION => !RefusedFunctions.Contains(second),
            raw.SQLITE_READ => IsReadable(first, second)
                || (second.Length == 0 && database is null && IsNamedHere(first)),
            _ => false,
        };
        if (allowed) return raw.SQLITE_OK;
        refused ??= action switch
        {
            raw.SQLITE_READ =>
                $"The statement reads {first}{(second.Length > 0 ? "." + second : "")}, which a detector may not see. "
                + MayRead(containment) + ColumnsOf(containment, first),
            raw.SQLITE_FUNCTION =>
                $"The statement calls {second}(), which a detector may not: the same run must find the same.",
            _ => "The statement does more than read; a detector is one SELECT.",
        };
        return raw.SQLITE_DENY;
    }

    // A common table expression of which no column is read looks like a table. Its name must be that of no table.
    private bool IsNamedHere(string name)
    {
        if (name.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("pragma_", StringComparison.OrdinalIgnoreCase)
            || !NamedExpressions().Matches(sql).Any(match =>
                match.Groups["name"].Value.Trim('"').Equals(name, StringComparison.OrdinalIgnoreCase))) return false;
        return !tables.Contains(name);
    }

    private static HashSet<string> Tables(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM pragma_table_list UNION SELECT name FROM pragma_module_list";
        using var reader = command.ExecuteReader();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (reader.Read()) names.Add(reader.GetString(0));
        return names;
    }

    [GeneratedRegex("(?<name>\"[^\"]+\"|\\w+)\\s*(\\([^()]*\\))?\\s+AS\\s+((NOT\\s+)?MATERIALIZED\\s*)?\\(",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex NamedExpressions();

    private bool IsReadable(string table, string column) =>
        TableFunctions.Contains(table)
        || (containment.Columns.TryGetValue(table, out var columns)
            && (column.Length == 0 || columns.Contains(column)));
}
