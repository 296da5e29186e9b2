using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>The state of a quarantined row.</summary>
public sealed class QuarantineState : Code<QuarantineState>
{
    /// <summary>It is not stored.</summary>
    public static readonly QuarantineState Open = new("open");

    /// <summary>It was read again and is stored.</summary>
    public static readonly QuarantineState Stored = new("stored");

    /// <summary>A later row with its id is stored, and reading it again would undo that one.</summary>
    public static readonly QuarantineState Replaced = new("replaced");

    private QuarantineState(string text) : base(text)
    {
    }
}

/// <summary>A quarantined row, or one that is stored without a value, as an import reports it.</summary>
/// <param name="Line">Its line in the file, from 1; for alerts the number of the message, from 1.</param>
/// <param name="Reason">The problem with it.</param>
/// <param name="Content">Its beginning, as received.</param>
public sealed record QuarantinedLine(long Line, string Reason, string Content);

/// <summary>A quarantined row with its import.</summary>
/// <param name="Id">Its number.</param>
/// <param name="ImportId">The import that set it aside.</param>
/// <param name="Kind">One of <see cref="Import.Kinds"/>.</param>
/// <param name="Source">The producer that its id belongs to.</param>
/// <param name="File">The file's name for people.</param>
/// <param name="At">The time when it was set aside.</param>
/// <param name="Line">Its line in the file, from 1; for alerts the number of the message, from 1.</param>
/// <param name="State">Whether it is stored now.</param>
/// <param name="Reason">The problem with it.</param>
/// <param name="IsWhole">Whether all of it was kept.</param>
/// <param name="Header">The header that names its fields; null where it names them itself.</param>
/// <param name="Content">The row as received.</param>
public sealed record QuarantinedRow(
    long Id, long ImportId, string Kind, string Source, string File, Instant At, long Line, QuarantineState State,
    string Reason, bool IsWhole, string? Header, string Content);

/// <summary>A stored row without a value that could not be used.</summary>
/// <param name="Kind">One of <see cref="Import.Kinds"/>.</param>
/// <param name="Id">Its id.</param>
/// <param name="At">The time when it was stored.</param>
/// <param name="Reason">The values, and the problems with them.</param>
public sealed record LeftOutRow(string Kind, string Id, Instant At, string Reason);

/// <summary>The rows to list or to read again; a null filters nothing.</summary>
/// <param name="Ids">Only these.</param>
/// <param name="Kind">Only those of one kind.</param>
/// <param name="Source">Only those of one producer.</param>
/// <param name="Reason">Only those whose reason contains this text.</param>
/// <param name="Since">Only those set aside since then.</param>
/// <param name="Until">Only those set aside before then.</param>
public sealed record QuarantineFilter(
    IReadOnlyList<long>? Ids = null, string? Kind = null, string? Source = null, string? Reason = null,
    Instant? Since = null, Instant? Until = null)
{
    /// <summary>Only those in one state.</summary>
    public QuarantineState? State { get; init; }

    /// <summary>Only those of one import.</summary>
    public long? ImportId { get; init; }
}

/// <summary>Quarantined rows of the last hour, among all that its imports received.</summary>
/// <param name="Open">Rows that are not stored.</param>
/// <param name="Received">All rows.</param>
public sealed record QuarantineCount(long Open, long Received)
{
    /// <summary>The share of the rows that are not stored.</summary>
    public decimal Share => Open == 0 ? 0 : Open / (decimal)Math.Max(Open, Received);
}

/// <summary>A row as it was received.</summary>
/// <param name="Bytes">The row.</param>
/// <param name="Header">The header that names its fields.</param>
/// <param name="IsWhole">Whether the bytes are all of it.</param>
internal readonly record struct ReceivedRow(ReadOnlyMemory<byte> Bytes, string? Header = null, bool IsWhole = true)
{
    private const int LongestShown = 500;

    /// <summary>Its beginning, for people.</summary>
    public string Shown => Quarantine.TextOf(Bytes.Span[..Math.Min(Bytes.Length, LongestShown)]);
}

/// <summary>A row that is set aside.</summary>
internal sealed record SetAside(long Line, string Reason, ReceivedRow Row)
{
    public QuarantinedLine InShort => new(Line, Reason, Row.Shown);
}

/// <summary>The quarantined rows of imports.</summary>
public static class Quarantine
{
    /// <summary>The longest row that is kept whole, in bytes.</summary>
    internal const int LongestKept = 64 << 10;

    private static readonly Duration Hour = Duration.FromHours(1);

    /// <summary>The quarantined rows of one import, or of all, newest import first and then by line.</summary>
    public static IReadOnlyList<QuarantinedRow> List(DbConnection db, long? importId = null) =>
        List(db, new QuarantineFilter { ImportId = importId }, int.MaxValue);

    /// <summary>The quarantined rows that pass the filter, newest import first and then by line.</summary>
    public static IReadOnlyList<QuarantinedRow> List(DbConnection db, QuarantineFilter filter, int limit) =>
        [.. Rows(db, filter, limit).Select(row => row.Shown)];

    /// <summary>The number of quarantined rows that pass the filter, by kind and source.</summary>
    public static IReadOnlyList<(string Kind, string Source, long Count)> Counts(
        DbConnection db, QuarantineFilter filter) =>
        [.. db.Query<(string, string, long)>(
            $"""
            SELECT kind, source, COUNT(*) FROM quarantine JOIN import USING (import_id) {Where(db, filter)}
            GROUP BY kind, source ORDER BY kind, source
            """,
            Parameters(filter))];

    /// <summary>The rows that are stored without a value that could not be used, newest first.</summary>
    public static IReadOnlyList<LeftOutRow> LeftOut(DbConnection db, QuarantineFilter filter, int limit) =>
        [.. db.Query<LeftOutRow>(
            $"""
            SELECT kind, id, at, reason FROM (
              SELECT 'customers' AS kind, customer_id AS id, received_at AS at, left_out AS reason
              FROM customer WHERE left_out IS NOT NULL
              UNION ALL
              SELECT 'premises', premises_id, received_at, left_out FROM premises WHERE left_out IS NOT NULL
            ) AS stored
            {Where(db, filter with { Ids = null, Source = null, State = null })}
            ORDER BY at DESC, kind, id LIMIT @limit
            """,
            Parameters(filter, limit))];

    /// <summary>The number of rows that are not stored; 10,000 at most, so that a probe costs little.</summary>
    public static long Open(DbConnection db) => db.ExecuteScalar<long>(
        "SELECT COUNT(*) FROM (SELECT 1 FROM quarantine WHERE state = 'open' AND at >= 0 LIMIT 10000) AS few");

    /// <summary>Counts quarantined and received rows of the last hour. A longer time would cost more with each row of
    /// it, every minute.</summary>
    public static QuarantineCount Count(DbConnection db, Instant now) => db.QuerySingle<QuarantineCount>(
        """
        SELECT (SELECT COUNT(*) FROM quarantine WHERE state = 'open' AND at >= @since) AS open,
          (SELECT CAST(COALESCE(SUM(received), 0) AS BIGINT) FROM import WHERE started_at >= @since
           OR import_id IN (SELECT import_id FROM quarantine WHERE state = 'open' AND at >= @since)) AS received
        """,
        new { since = now - Hour });

    internal static void Add(DbConnection db, long import, IReadOnlyList<SetAside> rows, Instant now) =>
        db.Execute(
            """
            INSERT INTO quarantine (import_id, at, line, reason, header, content, is_whole)
            VALUES (@import, @now, @Line, @Reason, @Header, @content, @whole)
            """,
            rows.Select(row => new
            {
                import,
                now,
                row.Line,
                row.Reason,
                row.Row.Header,
                content = row.Row.Bytes[..Math.Min(LongestKept, row.Row.Bytes.Length)].ToArray(),
                whole = row.Row is { IsWhole: true, Bytes.Length: <= LongestKept } ? 1 : 0,
            }));

    internal static IReadOnlyList<KeptRow> Rows(DbConnection db, QuarantineFilter filter, int limit) =>
        [.. db.Query<KeptRow>(
            $"""
            SELECT quarantine_id AS id, import_id, kind, source, file, at, line, state, reason, is_whole, header,
              content
            FROM quarantine JOIN import USING (import_id) {Where(db, filter)}
            ORDER BY import_id DESC, line, quarantine_id LIMIT @limit
            """,
            Parameters(filter, limit))];

    internal static bool IsStoredSince(DbConnection db, Kind kind, string source, object id, Instant at) =>
        db.ExecuteScalar<bool>(
            $"""
            SELECT EXISTS (SELECT 1 FROM {kind.Table} WHERE {kind.Columns[0].Stored} = @id AND received_at >= @at
              {(kind.Numbered ? "AND source = @source" : "")})
            """,
            new { id, source, at });

    internal static string TextOf(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes).Replace('\0', '\uFFFD');

    private static string Where(DbConnection db, QuarantineFilter filter) => Filters.Where(
        filter.ImportId is null ? null : "import_id = @ImportId",
        filter.Ids is null ? null : $"CAST(quarantine_id AS TEXT) IN ({db.Elements("@ids")})",
        filter.Kind is null ? null : "kind = @Kind",
        filter.Source is null ? null : "source = @Source",
        filter.Reason is null ? null : "LOWER(reason) LIKE @reason ESCAPE '!'",
        filter.Since is null ? null : "at >= @Since",
        filter.Until is null ? null : "at < @Until",
        filter.State is null ? null : "state = @State");

    private static object Parameters(QuarantineFilter filter, int limit = 0) => new
    {
        filter.ImportId,
        ids = filter.Ids is { } ids
            ? Lists.Json(ids.Select(id => id.ToString(CultureInfo.InvariantCulture)))
            : null,
        filter.Kind,
        filter.Source,
        reason = filter.Reason is null ? null : $"%{Literal(filter.Reason.ToLowerInvariant())}%",
        filter.Since,
        filter.Until,
        filter.State,
        limit,
    };

    private static string Literal(string text) =>
        string.Concat(text.Select(c => c is '%' or '_' or '!' ? $"!{c}" : $"{c}"));
}

/// <summary>A quarantined row with its bytes.</summary>
internal sealed record KeptRow(
    long Id, long ImportId, string Kind, string Source, string File, Instant At, long Line, QuarantineState State,
    string Reason, bool IsWhole, string? Header, byte[] Content)
{
    public QuarantinedRow Shown => new(
        Id, ImportId, Kind, Source, File, At, Line, State, Reason, IsWhole, Header, Quarantine.TextOf(Content));

    /// <summary>The row as a file of its own.</summary>
    public byte[] AsFile => Header is null ? Content : [.. Encoding.UTF8.GetBytes(Header), (byte)'\n', .. Content];
}
