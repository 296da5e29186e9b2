using System.Security.Cryptography;
using ProactiveCare.Audit;

namespace ProactiveCare.Access;

/// <summary>The use of a producer's keys.</summary>
public sealed class KeyRole : Code<KeyRole>
{
    /// <summary>Posting telemetry.</summary>
    public static readonly KeyRole Producer = new("producer");

    /// <summary>Reading metrics.</summary>
    public static readonly KeyRole Viewer = new("viewer");

    private KeyRole(string text) : base(text)
    {
    }
}

/// <summary>A service that posts telemetry, or reads metrics.</summary>
/// <param name="Name">Its name, which is the source of its rows.</param>
/// <param name="Role">The use of its keys.</param>
/// <param name="CreatedAt">The time of its creation.</param>
/// <param name="DisabledAt">The time since when its keys are refused; null while they are accepted.</param>
/// <param name="Keys">The number of its valid keys.</param>
/// <param name="LastAt">The time of its last post; null before the first.</param>
/// <param name="Received">The rows that it posted in the last day.</param>
/// <param name="Quarantined">The number of those in quarantine.</param>
public sealed record Producer(
    string Name,
    KeyRole Role,
    Instant CreatedAt,
    Instant? DisabledAt,
    long Keys,
    Instant? LastAt,
    long Received,
    long Quarantined);

/// <summary>A key of a producer that is not disabled.</summary>
/// <param name="Hash">Its SHA-256, 32 bytes; the key itself is known to the producer alone.</param>
/// <param name="Producer">The producer.</param>
/// <param name="Actor">The actor of the producer's records.</param>
/// <param name="Role">The use of the key.</param>
/// <param name="EndsAt">The time from which it is refused; null for the newest.</param>
public sealed record ProducerKey(byte[] Hash, string Producer, ActorId Actor, KeyRole Role, Instant? EndsAt);

/// <summary>The services that may post telemetry or read metrics, and their keys.</summary>
public static class Producers
{
    /// <summary>The time for which the previous key stays valid, so that all machines can get the new one.</summary>
    public static readonly Duration Overlap = Duration.FromHours(24);

    /// <summary>The hash of a key, which is stored instead of the key.</summary>
    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>Adds a producer, or adds another key to a known one and enables it. The previous key stays valid for
    /// <see cref="Overlap"/>, older ones end.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="by">Who adds it.</param>
    /// <param name="name">Its name, which is the source of its rows.</param>
    /// <param name="key">The use of its keys, and the SHA-256 of the new one, 32 bytes.</param>
    /// <param name="now">The present.</param>
    public static void Add(DbConnection db, ActorId by, string name, (KeyRole Role, byte[] Hash) key, Instant now)
    {
        var producer = db.ExecuteScalar<long>(
            """
            INSERT INTO producer (name, actor_id, role, created_at) VALUES (@name, @actor, @Role, @now)
            ON CONFLICT (name) DO UPDATE SET disabled_at = NULL, role = @Role
            RETURNING producer_id
            """,
            new { name, actor = Actors.Producer(db, name, now), key.Role, now });
        db.Execute(
            """
            UPDATE producer_key SET ends_at = CASE WHEN ends_at IS NULL THEN @overlapped ELSE @now END
            WHERE producer_id = @producer AND (ends_at IS NULL OR ends_at > @now)
            """,
            new { producer, now, overlapped = now + Overlap });
        db.Execute(
            "INSERT INTO producer_key (key_hash, producer_id, made_at) VALUES (@Hash, @producer, @now)",
            new { key.Hash, producer, now });
        AuditLog.Append(db, new AuditEvent(by, "producer.add", $"producer:{name}", new { key.Role }), now);
    }

    /// <summary>Ends all keys of a producer; its rows stay.</summary>
    /// <exception cref="AuditException">There is no such producer, or it is disabled already.</exception>
    public static void Disable(DbConnection db, ActorId by, string name, Instant now)
    {
        var producer = db.QuerySingleOrDefault<long?>(
            """
            UPDATE producer SET disabled_at = @now WHERE name = @name AND disabled_at IS NULL
            RETURNING producer_id
            """,
            new { name, now }) ?? throw new AuditException(
                $"There is no active producer {name}.", RefusalCode.NotFound);
        db.Execute(
            """
            UPDATE producer_key SET ends_at = @now
            WHERE producer_id = @producer AND (ends_at IS NULL OR ends_at > @now)
            """,
            new { producer, now });
        AuditLog.Append(db, new AuditEvent(by, "producer.disable", $"producer:{name}", new { }), now);
    }

    /// <summary>All producers, by name.</summary>
    public static IReadOnlyList<Producer> List(DbConnection db, Instant now) =>
        [.. db.Query<Producer>(
            """
            SELECT name, role, created_at, disabled_at,
              (SELECT count(*) FROM producer_key k
               WHERE k.producer_id = p.producer_id AND (ends_at IS NULL OR ends_at > @now)) AS keys,
              (SELECT max(finished_at) FROM import WHERE source = p.name AND posted_hour IS NOT NULL) AS last_at,
              (SELECT coalesce(sum(received), 0) FROM import
               WHERE source = p.name AND posted_hour >= @since) AS received,
              (SELECT coalesce(sum(quarantined), 0) FROM import
               WHERE source = p.name AND posted_hour >= @since) AS quarantined
            FROM producer p ORDER BY name
            """,
            new { now, since = (now.ToUnixTimeMilliseconds() / 3_600_000) - 23 })];

    /// <summary>The keys that are valid now, including those that end later.</summary>
    public static IReadOnlyList<ProducerKey> Keys(DbConnection db, Instant now) =>
        [.. db.Query<ProducerKey>(
            """
            SELECT key_hash AS hash, name AS producer, actor_id AS actor, role, ends_at
            FROM producer_key JOIN producer USING (producer_id)
            WHERE disabled_at IS NULL AND (ends_at IS NULL OR ends_at > @now)
            ORDER BY key_hash
            """,
            new { now })];
}
