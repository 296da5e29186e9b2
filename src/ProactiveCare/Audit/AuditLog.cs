using System.Text.Json;
using ProactiveCare.Storage;

namespace ProactiveCare.Audit;

/// <summary>An action that people can look up later.</summary>
/// <param name="By">The actor.</param>
/// <param name="Action">The action, as <c>thing.verb</c>.</param>
/// <param name="Target">The target, as <c>thing:id</c>.</param>
/// <param name="Detail">The details needed to understand it later; stored as JSON.</param>
public sealed record AuditEvent(ActorId By, string Action, string Target, object Detail);

/// <summary>The append-only audit log.</summary>
public static class AuditLog
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerOptions.Web)
    {
        Converters = { new CodeConverter() },
    };

    /// <summary>The time of the newest line; null when there is none.</summary>
    public static Instant? LastAt(DbConnection db) => db.ExecuteScalar<long?>("SELECT max(at) FROM audit") is { } at
        ? Instant.FromUnixTimeMilliseconds(at)
        : null;

    /// <summary>Adds a line in the caller's transaction.</summary>
    public static void Append(DbConnection db, AuditEvent done, Instant now) =>
        db.Execute(
            "INSERT INTO audit (at, actor_id, action, target, detail) VALUES (@now, @By, @Action, @Target, @Detail)",
            new { now, done.By, done.Action, done.Target, Detail = JsonSerializer.Serialize(done.Detail, Form) });

    /// <summary>Adds a line about a refused key or command in the caller's transaction.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="what"><c>key</c>, or <c>command</c> where the user is unknown or lacks the role.</param>
    /// <param name="detail">Who asked, from where, and why it was refused.</param>
    /// <param name="now">The present.</param>
    public static void AppendRefusal(DbConnection db, string what, object detail, Instant now) =>
        Append(db, new(Actors.System(db, now), $"{what}.refuse", $"{what}:", detail), now);

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

/// <summary>The roles of users.</summary>
public static class Role
{
    /// <summary>Schedules jobs, accepts their versions, pauses them, pulls the andon.</summary>
    public const string Operator = "operator";

    /// <summary>Approves, rejects and exports money.</summary>
    public const string Finance = "finance";

    /// <summary>Adds and disables users.</summary>
    public const string Admin = "admin";

    /// <summary>All roles.</summary>
    public static readonly IReadOnlyList<string> All = [Operator, Finance, Admin];
}

/// <summary>The author of a write.</summary>
/// <param name="Id">The number that written rows carry.</param>
/// <param name="Kind"><c>user</c>, <c>job</c>, <c>gateway</c>, <c>producer</c> or <c>system</c>.</param>
/// <param name="Name">The name people read.</param>
/// <param name="OsUser">The operating-system user who acts as this one; only for a user.</param>
/// <param name="Email">The address for summaries and alarms; only for a user.</param>
/// <param name="Roles">Roles separated by commas; only for a user.</param>
/// <param name="DisabledAt">The time since when a user has no rights.</param>
public sealed record Actor(
    ActorId Id, string Kind, string Name, string? OsUser, string? Email, string Roles, Instant? DisabledAt)
{
    /// <summary>The roles, one by one.</summary>
    public IReadOnlyList<string> AllRoles => Roles.Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether the user has a role and is not disabled.</summary>
    public bool Has(string role) => DisabledAt is null && AllRoles.Contains(role, StringComparer.Ordinal);
}

/// <summary>The actor table.</summary>
public static class Actors
{
    private const string Columns = "actor_id AS id, kind, name, os_user, email, roles, disabled_at";

    /// <summary>The worker itself, for actions without another author.</summary>
    public static ActorId System(DbConnection db, Instant now) => Named(db, "system", "proactive-care", now);

    /// <summary>A version of a job, which decides within its limits.</summary>
    public static ActorId Job(DbConnection db, JobId job, JobVersion version, Instant now) =>
        Named(db, "job", $"{job}@{version}", now);

    /// <summary>A payment gateway, the author of its answers.</summary>
    public static ActorId Gateway(DbConnection db, string name, Instant now) => Named(db, "gateway", name, now);

    /// <summary>A service that sends telemetry automatically.</summary>
    public static ActorId Producer(DbConnection db, string name, Instant now) => Named(db, "producer", name, now);

    /// <summary>The user whom an operating-system user acts as; null if there is none.</summary>
    public static Actor? OfOsUser(DbConnection db, string osUser) =>
        db.QuerySingleOrDefault<Actor>($"SELECT {Columns} FROM actor WHERE os_user = @osUser", new { osUser });

    /// <summary>One actor.</summary>
    public static Actor Get(DbConnection db, ActorId id) =>
        db.QuerySingle<Actor>($"SELECT {Columns} FROM actor WHERE actor_id = @id", new { id });

    /// <summary>The users, by name.</summary>
    public static IReadOnlyList<Actor> Users(DbConnection db) =>
        [.. db.Query<Actor>($"SELECT {Columns} FROM actor WHERE kind = 'user' ORDER BY name")];

    /// <summary>Adds a user, or changes one of the same name and enables it again.</summary>
    /// <exception cref="AuditException">The operating-system user acts as another user, or a role is
    /// unknown.</exception>
    public static ActorId AddUser(DbConnection db, ActorId by, string name, string osUser, string? email, string roles,
        Instant now)
    {
        if (roles.Split(',').FirstOrDefault(r => !Role.All.Contains(r)) is { } unknown)
            throw new AuditException($"'{unknown}' is not a role: choose from {string.Join(", ", Role.All)}.",
                RefusalCode.Invalid);
        if (OfOsUser(db, osUser) is { } taken && taken.Name != name)
            throw new AuditException($"The operating-system user {osUser} acts as {taken.Name} already.");
        var id = db.QuerySingle<ActorId>(
            """
            INSERT INTO actor (kind, name, os_user, email, roles, created_at)
            VALUES ('user', @name, @osUser, @email, @roles, @now)
            ON CONFLICT (kind, name) DO UPDATE SET os_user = @osUser, email = @email, roles = @roles, disabled_at = NULL
            RETURNING actor_id
            """,
            new { name, osUser, email, roles, now });
        AuditLog.Append(db, new AuditEvent(by.Value == 0 ? id : by, "user.add", $"user:{name}",
            new { osUser, email, roles }),
            now);
        return id;
    }

    /// <summary>Disables a user; their past actions keep their name.</summary>
    /// <exception cref="AuditException">There is no such user.</exception>
    public static void Disable(DbConnection db, ActorId by, string name, Instant now)
    {
        var changed = db.Execute(
            "UPDATE actor SET disabled_at = @now WHERE kind = 'user' AND name = @name AND disabled_at IS NULL",
                new { name, now });
        if (changed == 0) throw new AuditException($"There is no active user {name}.", RefusalCode.NotFound);
        AuditLog.Append(db, new AuditEvent(by, "user.disable", $"user:{name}", new { }), now);
    }

    private static ActorId Named(DbConnection db, string kind, string name, Instant now) =>
        db.First(
            "SELECT actor_id FROM actor WHERE kind = ?1 AND name = ?2", row => (ActorId?)new ActorId(row.Number(0)),
            kind, name)
        ?? db.QuerySingle<ActorId>(
            "INSERT INTO actor (kind, name, created_at) VALUES (@kind, @name, @now) RETURNING actor_id",
                new { kind, name, now });
}

/// <summary>An actor lacks the right, or is unknown; the message says what to do.</summary>
public sealed class AuditException(string message, RefusalCode code = RefusalCode.Conflict)
    : RefusedException(message, code);
