using System.Data.Common;
using NodaTime;
using SQLitePCL;

namespace ProactiveCare.Storage;

/// <summary>The row at which a prepared statement stands; its columns count from 0.</summary>
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
