using System.Data.Common;
using System.Text.Json;
using Dapper;
using NodaTime;

namespace ProactiveCare.Audit;

/// <summary>Something done that people must be able to look up.</summary>
/// <param name="By">Who did it.</param>
/// <param name="Action">What, as <c>thing.verb</c>.</param>
/// <param name="Target">To what, as <c>thing:id</c>.</param>
/// <param name="Detail">Everything needed to understand it later; stored as JSON.</param>
public sealed record AuditEvent(ActorId By, string Action, string Target, object Detail);

/// <summary>The append-only audit trail.</summary>
public static class AuditLog
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerOptions.Web)
    {
        Converters = { new CodeConverter() },
    };

    /// <summary>Adds a line in the caller's transaction.</summary>
    public static void Append(DbConnection db, AuditEvent deed, Instant now) =>
        db.Execute(
            "INSERT INTO audit (at, actor_id, action, target, detail) VALUES (@now, @By, @Action, @Target, @Detail)",
            new { now, deed.By, deed.Action, deed.Target,
                Detail = JsonSerializer.Serialize(deed.Detail, Form) });

    /// <summary>What was done to a target, oldest first.</summary>
    public static IReadOnlyList<AuditLine> Of(DbConnection db, string target) =>
        [.. db.Query<AuditLine>(
            """
            SELECT at, name AS actor, action, detail FROM audit JOIN actor USING (actor_id)
            WHERE target = @target ORDER BY audit_id
            """,
            new { target })];
}

/// <summary>A line of the audit trail as it is read.</summary>
public sealed record AuditLine(Instant At, string Actor, string Action, string Detail);
