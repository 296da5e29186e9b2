using System.Data.Common;
using Dapper;
using NodaTime;

namespace ProactiveCare.Telemetry;

/// <summary>Where catching up begins, and what it leaves out.</summary>
/// <param name="First">The first arrival that is still looked at; null when none is.</param>
/// <param name="LeftOut">How many rows before it are left out, by kind (<c>sessions</c>, <c>events</c>,
/// <c>contacts</c>, <c>alerts</c>).</param>
public sealed record CatchUp(long? First, IReadOnlyDictionary<string, long> LeftOut);

/// <summary>Questions about the one sequence in which telemetry of every kind arrives.</summary>
public static class Arrivals
{
    /// <summary>The tables of telemetry, and what their rows are called.</summary>
    internal static readonly (string Kind, string Table)[] Tables =
        [("sessions", "session"), ("events", "event"), ("contacts", "contact"), ("alerts", "alert")];

    // Twice the longest time in which anything settles.
    private static readonly Duration LongestWait = Duration.FromDays(60);

    /// <summary>The number of the last row that arrived; 0 when none has.</summary>
    public static long Latest(DbConnection db) => db.ExecuteScalar<long>("SELECT last FROM arrival");

    /// <summary>When telemetry of any kind last arrived; null when none has.</summary>
    public static Instant? LastReceivedAt(DbConnection db)
    {
        var last = Tables.Select(t => db.QueryFirstOrDefault<long?>(
            $"SELECT received_at FROM {t.Table} WHERE arrival > 0 ORDER BY arrival DESC LIMIT 1")).Max();
        return last is { } at ? Instant.FromUnixTimeMilliseconds(at) : null;
    }

    /// <summary>
    /// The smallest arrival after a cursor whose activity (the end of a session, the occurrence of an event, the
    /// sending of an alert by a clock ahead of ours) is later than an instant, so that a cursor can wait before it
    /// until it has settled; null when all have. What lies months ahead was stored while a clock was wrong, and is
    /// not waited for, unless the newest row was received as far ahead: then the clock that is wrong is today's.
    /// </summary>
    public static long? FirstUnsettled(DbConnection db, long after, Instant settledAt)
    {
        var ahead = settledAt + LongestWait;
        if (NewestReceivedAt(db) > ahead) ahead = Instant.MaxValue;
        return db.ExecuteScalar<long?>(
            """
            SELECT MIN(arrival) FROM (
              SELECT * FROM (
                SELECT arrival FROM session WHERE arrival > @after AND ended_at > @settledAt AND ended_at < @ahead
                ORDER BY arrival LIMIT 1) AS s
              UNION ALL
              SELECT * FROM (
                SELECT arrival FROM event WHERE arrival > @after AND occurred_at > @settledAt AND occurred_at < @ahead
                ORDER BY arrival LIMIT 1) AS e
              UNION ALL
              SELECT * FROM (
                SELECT arrival FROM alert WHERE arrival > @after AND sent_at > @settledAt AND sent_at < @ahead
                ORDER BY arrival LIMIT 1) AS a) AS unsettled
            """,
            new { after, settledAt, ahead });
    }

    private static Instant? NewestReceivedAt(DbConnection db) => Tables
        .Select(t => db.QueryFirstOrDefault<(long Arrival, Instant At)?>(
            $"SELECT arrival, received_at FROM {t.Table} WHERE arrival > 0 ORDER BY arrival DESC LIMIT 1"))
        .MaxBy(newest => newest?.Arrival ?? 0)?.At;

    /// <summary>
    /// The smallest arrival after a cursor that was received at or after an instant, and what lies between.
    /// </summary>
    public static CatchUp FirstReceivedSince(DbConnection db, long after, Instant since)
    {
        var first = Tables.Select(t => db.ExecuteScalar<long?>(
            $"""
            SELECT arrival FROM {t.Table} WHERE arrival > @after AND received_at >= @since ORDER BY arrival LIMIT 1
            """,
            new { after, since })).Min();
        var before = first ?? Latest(db) + 1;
        return new CatchUp(first, Tables.ToDictionary(t => t.Kind, t => db.ExecuteScalar<long>(
            $"SELECT COUNT(*) FROM {t.Table} WHERE arrival > @after AND arrival < @before", new { after, before })));
    }
}
