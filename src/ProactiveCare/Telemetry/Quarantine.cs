using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>A quarantined row.</summary>
/// <param name="Line">Its line in the file, from 1; for alerts the number of the message, from 1.</param>
/// <param name="Reason">The problem with it.</param>
/// <param name="Content">Its beginning, as received.</param>
public sealed record QuarantinedLine(long Line, string Reason, string Content);

/// <summary>A quarantined row with its import.</summary>
public sealed record QuarantinedRow(
    long ImportId, string Kind, string File, Instant StartedAt, long Line, string Reason, string Content);

/// <summary>The quarantined rows of imports.</summary>
public static class Quarantine
{
    /// <summary>The quarantined rows of one import, or of all, newest import first and then by line.</summary>
    public static IReadOnlyList<QuarantinedRow> List(DbConnection db, long? importId = null) =>
        [.. db.Query<QuarantinedRow>(
            $"""
            SELECT import_id, kind, file, started_at, line, reason, content
            FROM quarantine JOIN import USING (import_id)
            {Filters.Where(importId is null ? null : "import_id = @importId")}
            ORDER BY import_id DESC, line, quarantine_id
            """,
            new { importId })];
}
