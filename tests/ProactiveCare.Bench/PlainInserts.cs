using System.Data.Common;
using System.Diagnostics;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ProactiveCare.Bench;

/// <summary>Rows of a finished run, and the time of their plain inserts.</summary>
internal sealed class PlainInserts
{
    private const int CasesInOne = 250;

    private static readonly string[] Tables =
        ["finding", "care_case", "entitlement", "decision", "credit", "payment_batch", "payment", "posting", "entry",
            "notice"];

    private readonly List<(string Table, string Made, List<string> Indexes, List<object[]> Rows)> tables = [];

    /// <summary>Takes over the rows of cases that a database holds.</summary>
    public static PlainInserts Of(DbConnection db)
    {
        var plain = new PlainInserts();
        foreach (var table in Tables)
        {
            var made = db.QuerySingle<string>("SELECT sql FROM sqlite_schema WHERE name = @table", new { table });
            var indexes = db.Query<string>(
                "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = @table AND sql IS NOT NULL",
                new { table }).ToList();
            var rows = new List<object[]>();
            using var reader = db.ExecuteReader($"SELECT * FROM {table}");
            while (reader.Read())
            {
                var row = new object[reader.FieldCount];
                reader.GetValues(row);
                rows.Add(row);
            }
            plain.tables.Add((table, made, indexes, rows));
        }
        return plain;
    }

    /// <summary>Inserts the rows into a new database, durably.</summary>
    public double Seconds(string folder)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "db")};Pooling=False");
        connection.Open();
        connection.Execute(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; "
            + "PRAGMA cache_size = -65536");
        foreach (var (_, made, indexes, _) in tables)
            foreach (var sql in indexes.Prepend(made)) connection.Execute(sql);
        var db = connection.Handle!;
        var batches = Math.Max(1, (tables.Max(t => t.Rows.Count) + CasesInOne - 1) / CasesInOne);
        var watch = Stopwatch.StartNew();
        var statements = tables.ConvertAll(t => Prepare(db, t.Table, t.Rows));
        for (var batch = 0; batch < batches; batch++)
        {
            connection.Execute("BEGIN IMMEDIATE");
            foreach (var ((_, _, _, rows), statement) in tables.Zip(statements))
                for (var i = rows.Count * batch / batches; i < rows.Count * (batch + 1) / batches; i++)
                    Insert(db, statement!, rows[i]);
            connection.Execute("COMMIT");
        }
        foreach (var statement in statements) statement?.Dispose();
        var seconds = watch.Elapsed.TotalSeconds;
        connection.Close();
        Directory.Delete(folder, recursive: true);
        return seconds;
    }

    private static sqlite3_stmt? Prepare(sqlite3 db, string table, List<object[]> rows)
    {
        if (rows.Count == 0) return null;
        var places = string.Join(',', Enumerable.Repeat('?', rows[0].Length));
        raw.sqlite3_prepare_v2(db, $"INSERT INTO {table} VALUES ({places})", out var statement);
        return statement;
    }

    private static void Insert(sqlite3 db, sqlite3_stmt statement, object[] row)
    {
        for (var i = 0; i < row.Length; i++)
            _ = row[i] switch
            {
                string text => raw.sqlite3_bind_text(statement, i + 1, text),
                long number => raw.sqlite3_bind_int64(statement, i + 1, number),
                _ => raw.sqlite3_bind_null(statement, i + 1),
            };
        if (raw.sqlite3_step(statement) != raw.SQLITE_DONE)
            throw new InvalidOperationException(raw.sqlite3_errmsg(db).utf8_to_string());
        raw.sqlite3_reset(statement);
    }
}
