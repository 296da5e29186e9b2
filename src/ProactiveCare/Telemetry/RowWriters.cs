using System.Data.Common;
using NodaTime;
using ProactiveCare.Customers;

namespace ProactiveCare.Telemetry;

/// <summary>Rows whose storing follows rules of their own.</summary>
internal sealed class DecidedRows(Func<ParsedRow, Receipt> receive) : IRowWriter
{
    public Receipt Write(ParsedRow row) => receive(row);

    public void Dispose()
    {
    }
}

/// <summary>
/// Rows stored as they are, with one prepared insert; only a known id costs a second statement, which tells a revision from a
/// duplicate. Telemetry takes its arrival numbers here, within the transaction of the batch.
/// </summary>
internal sealed class PlainRows : IRowWriter
{
    private readonly DbConnection db;
    private readonly DbCommand insert;
    private readonly DbCommand revise;
    private readonly ArrivalNumbers? arrivals;

    public PlainRows(DbConnection db, Kind kind, string source, Instant now)
    {
        this.db = db;
        arrivals = kind.Numbered ? new ArrivalNumbers(db) : null;
        var fixedColumns = kind.Numbered ? new[] { "arrival", "source" } : [];
        string[] columns = [.. kind.Columns.Select(c => c.Stored), "content_hash", "received_at", .. fixedColumns];
        var key = kind.Numbered ? $"source, {columns[0]}" : columns[0];
        var known = string.Join(" AND ", key.Split(", ").Select(k => $"{k} = @{k}"));
        insert = Command(columns, $"INSERT INTO {kind.Table} ({string.Join(", ", columns)}) "
            + $"VALUES ({string.Join(", ", columns.Select(c => "@" + c))}) ON CONFLICT ({key}) DO NOTHING");
        revise = Command(columns, $"UPDATE {kind.Table} SET {string.Join(", ", columns.Select(c => $"{c} = @{c}"))}, "
            + $"revision = revision + 1 WHERE {known} AND content_hash <> @content_hash");
        foreach (var command in new[] { insert, revise })
        {
            command.Parameters["@received_at"].Value = now.ToUnixTimeMilliseconds();
            if (kind.Numbered) command.Parameters["@source"].Value = source;
        }
    }

    public Receipt Write(ParsedRow row)
    {
        if (Execute(insert, row)) return new Receipt(Reception.Stored);
        return new Receipt(Execute(revise, row) ? Reception.Revised : Reception.Duplicate);
    }

    public void Dispose()
    {
        arrivals?.Save();
        insert.Dispose();
        revise.Dispose();
    }

    private bool Execute(DbCommand command, ParsedRow row)
    {
        for (var i = 0; i < row.Values.Length; i++) command.Parameters[i].Value = row.Values[i] ?? DBNull.Value;
        command.Parameters[row.Values.Length].Value = row.Hash;
        if (arrivals is not null) command.Parameters[row.Values.Length + 2].Value = arrivals.Next;
        var stored = command.ExecuteNonQuery() > 0;
        if (stored) arrivals?.Take();
        return stored;
    }

    private DbCommand Command(IReadOnlyList<string> columns, string sql)
    {
        var command = db.CreateCommand();
#pragma warning disable CA2100 // Made of the kind's own column names.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var column in columns)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@" + column;
            parameter.Value = DBNull.Value;
            command.Parameters.Add(parameter);
        }
        command.Prepare();
        return command;
    }
}
