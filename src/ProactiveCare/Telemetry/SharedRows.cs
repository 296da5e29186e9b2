using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>Rows stored unchanged on PostgreSQL, where others may store the same id concurrently: one statement inserts
/// new rows, revises those with other content and ignores the rest. Stored rows have no arrival number until
/// <see cref="Numbering"/> assigns it.</summary>
internal static class SharedRows
{
    /// <summary>The writer for a batch of this size.</summary>
    public static IRowWriter Of(DbConnection db, Kind kind, string source, Instant now, int count) =>
        count < Staging.Fewest ? new OneByOne(db, kind, source, now) : new ByPasses(db, kind, source, now);

    // A revision counts from 1, which distinguishes an insert from a revision.
    private static string Upsert(Kind kind, string rows)
    {
        string[] values = [.. kind.Columns.Select(column => column.Stored), "content_hash", "received_at"];
        var id = values[0];
        string[] inserted = kind.Numbered ? [.. values, "source"] : values;
        string[] revised = [.. values.Skip(1).Select(column => $"{column} = excluded.{column}")];
        return $"""
            INSERT INTO {kind.Table} AS kept ({string.Join(", ", inserted)})
            {rows}
            ON CONFLICT ({(kind.Numbered ? $"{id}, source" : id)}) DO UPDATE
            SET {string.Join(", ", revised)},{(kind.Numbered ? " arrival = NULL," : "")} revision = kept.revision + 1
            WHERE kept.content_hash <> excluded.content_hash{Same(kind)}
            RETURNING revision
            """;
    }

    private static string Same(Kind kind) =>
        kind.KeepsCustomer ? " AND kept.customer_id = excluded.customer_id" : "";

    /// <summary>One statement per row, for the few that a producer posts.</summary>
    private sealed class OneByOne : RowByRow
    {
        private readonly int hash;
        private readonly Statement put;
        private readonly Moved? moved;

        public OneByOne(DbConnection db, Kind kind, string source, Instant now)
        {
            hash = kind.Columns.Count + 1;
            var parameters = Enumerable.Range(1, hash + (kind.Numbered ? 2 : 1)).Select(i => $"?{i}");
            moved = kind.KeepsCustomer ? new Moved(db, kind, source) : null;
            put = Statement.Of(db, Upsert(kind, $"VALUES ({string.Join(", ", parameters)})"));
            put.Bind(hash + 1, now.ToUnixTimeMilliseconds());
            if (kind.Numbered) put.Bind(hash + 2, source);
        }

        public override void Dispose()
        {
            put.Dispose();
            moved?.Dispose();
        }

        protected override Receipt Write(ParsedRow row)
        {
            for (var i = 0; i < row.Values.Length; i++) put.Bind(i + 1, row.Values[i]);
            put.Bind(hash, row.Hash);
            return put.First(found => found.Number(0)) switch
            {
                0 => moved?.Reason(row) is { } reason ? new(Reception.Refused, reason) : new(Reception.Duplicate),
                1 => new(Reception.Stored),
                _ => new(Reception.Revised),
            };
        }
    }

    /// <summary>Rows copied to staging, then one statement for all that have different ids.</summary>
    private sealed class ByPasses(DbConnection db, Kind kind, string source, Instant now) : IRowWriter
    {
        public void Write(IReadOnlyList<ParsedRow> rows, Tally tally)
        {
            foreach (var row in rows.Where(row => row.Reason is not null))
                tally.Count(new Receipt(Reception.Refused, row.Reason), row.Line, row.Content);
            var sql = Sql();
            var passes = Staging.Fill(db, kind, rows);
            for (var i = 0; i < passes.Count; i++)
            {
                var (put, revised) = Put(sql, i + 1);
                tally.Count(Reception.Stored, put - revised);
                tally.Count(Reception.Revised, revised);
                var moved = put < passes[i] && kind.KeepsCustomer ? Refuse(i + 1, rows, tally) : 0;
                tally.Count(Reception.Duplicate, passes[i] - put - moved);
            }
        }

        public void Dispose()
        {
        }

        private (long Put, long Revised) Put(string sql, int pass)
        {
            static (long, long) Read(Row row) => (row.Number(0), row.Number(1));
            return kind.Numbered ? db.First(sql, Read, now, pass, source) : db.First(sql, Read, now, pass);
        }

        private int Refuse(int pass, IReadOnlyList<ParsedRow> rows, Tally tally)
        {
            var id = kind.Columns[0].Stored;
            var moved = db.All(
                $"""
                SELECT line, kept.customer_id FROM {Staging.Table(kind)} AS staged
                JOIN {kind.Table} AS kept ON kept.{id} = staged.{id} AND kept.source = ?2
                WHERE pass = ?1 AND kept.customer_id <> staged.customer_id ORDER BY line
                """,
                found => (Line: found.Number(0), Customer: found.Text(1)), pass, source)
                .ToDictionary(found => found.Line, found => found.Customer);
            if (moved.Count == 0) return 0;
            foreach (var row in rows.Where(row => moved.ContainsKey(row.Line)))
            {
                var reason = Moved.Because(moved[row.Line], row.Values[kind.Place("customer_id")]);
                tally.Count(new Receipt(Reception.Refused, reason), row.Line, row.Content);
            }
            return moved.Count;
        }

        private string Sql()
        {
            var copied = string.Join(", ", kind.Columns.Select(column => column.Stored));
            var rows = $"""
                SELECT {copied}, content_hash, CAST(?1 AS BIGINT){(kind.Numbered ? ", CAST(?3 AS TEXT)" : "")}
                FROM {Staging.Table(kind)} WHERE pass = ?2 ORDER BY line
                """;
            return $"""
                WITH put AS ({Upsert(kind, rows)})
                SELECT COUNT(*), COUNT(*) FILTER (WHERE revision > 1) FROM put
                """;
        }
    }
}
