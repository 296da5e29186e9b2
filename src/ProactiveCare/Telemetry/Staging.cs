using System.Runtime.InteropServices;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>The staging of a batch's good rows on PostgreSQL before one statement stores them: a temporary table,
/// emptied at the end of the transaction. A statement cannot change a row twice, so repeated ids are in later passes:
/// the first row of each id in pass 1, the second in pass 2.</summary>
internal static class Staging
{
    /// <summary>The fewest rows for which copying is worth its three further round trips.</summary>
    public const int Fewest = 20;

    /// <summary>The table of a kind.</summary>
    public static string Table(Kind kind) => $"pg_temp.staged_{kind.Table}";

    /// <summary>Inserts the rows.</summary>
    /// <returns>The number of rows in each pass.</returns>
    public static IReadOnlyList<int> Fill(DbConnection db, Kind kind, IReadOnlyList<ParsedRow> rows)
    {
        string[] values = [.. kind.Columns.Select(column => column.Stored), "content_hash"];
        db.Execute(
            $"""
            CREATE TEMP TABLE IF NOT EXISTS staged_{kind.Table} ON COMMIT DELETE ROWS AS
            SELECT CAST(0 AS BIGINT) AS pass, CAST(0 AS BIGINT) AS line, {string.Join(", ", values)}
            FROM {kind.Table} WITH NO DATA;
            TRUNCATE {Table(kind)}
            """);
        var passes = new List<int>();
        BulkCopy.Into(db, Table(kind), ["pass", "line", .. values], Staged(rows, values.Length, passes));
        return passes;
    }

    private static IEnumerable<IReadOnlyList<object?>> Staged(
        IReadOnlyList<ParsedRow> rows, int width, List<int> passes)
    {
        var seen = new Dictionary<string, int>(rows.Count, StringComparer.Ordinal);
        var staged = new object?[2 + width];
        foreach (var row in rows)
        {
            if (row.Reason is not null) continue;
            var pass = ++CollectionsMarshal.GetValueRefOrAddDefault(seen, (string)row.Values[0]!, out _);
            if (passes.Count < pass) passes.Add(0);
            passes[pass - 1]++;
            (staged[0], staged[1], staged[^1]) = ((long)pass, row.Line, row.Hash);
            row.Values.CopyTo(staged, 2);
            yield return staged;
        }
    }
}
