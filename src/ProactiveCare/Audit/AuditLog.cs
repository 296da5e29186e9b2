using System.Data.Common;
using System.Text.Json;
using Dapper;
using NodaTime;

namespace ProactiveCare.Audit;

/// <summary>An action that people must be able to look up.</summary>
/// <param name="By">The actor.</param>
/// <param name="Action">The action, as <c>thing.verb</c>.</param>
/// <param name="Target">The target, as <c>thing:id</c>.</param>
/// <param name="Detail">Everything needed to understand it later; stored as JSON.</param>
public sealed record AuditEvent(ActorId By, string Action, string Target, object Detail);

/// <summary>The append-only audit log.</summary>
public static class AuditLog
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerOptions.Web)
    {
        Converters = { new CodeConverter() },
    };

    /// <summary>Adds a line in the caller's transaction.</summary>
    public static void Append(DbConnection db, AuditEvent done, Instant now) =>
        db.Execute(
            "INSERT INTO audit (at, actor_id, action, target, detail) VALUES (@now, @By, @Action, @Target, @Detail)",
            new { now, done.By, done.Action, done.Target, Detail = JsonSerializer.Serialize(done.Detail, Form) });

    /// <summary>The actions on a target, oldest first.</summary>
    public static IReadOnlyList<AuditLine> Of(DbConnection db, string target) =>
        [.. db.Query<AuditLine>(
            """
            SELECT at, name AS actor, action, detail FROM audit JOIN actor USING (actor_id)
            WHERE target = @target ORDER BY audit_id
            """,
            new { target })];

    /// <summary>The number of the newest line; 0 when there is none.</summary>
    public static long Newest(DbConnection db) => db.ExecuteScalar<long?>("SELECT max(audit_id) FROM audit") ?? 0;

    /// <summary>The lines after a number, in order; 1,000 at most.</summary>
    public static IReadOnlyList<AuditEntry> After(DbConnection db, long number) =>
        [.. db.Query<AuditEntry>(
            """
            SELECT audit_id AS id, name AS actor, action, target, detail FROM audit JOIN actor USING (actor_id)
            WHERE audit_id > @number ORDER BY audit_id LIMIT 1000
            """,
            new { number })];
}

/// <summary>A line of the audit log on one target.</summary>
public sealed record AuditLine(Instant At, string Actor, string Action, string Detail);

/// <summary>A line of the audit log with its number.</summary>
public sealed record AuditEntry(long Id, string Actor, string Action, string Target, string Detail);
