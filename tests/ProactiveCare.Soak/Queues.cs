using System.Data.Common;
using Dapper;
using NodaTime;

namespace ProactiveCare.Soak;

/// <summary>The queues at the end of an hour.</summary>
internal sealed record Queues
{
    /// <summary>Telemetry beyond the slowest cursor.</summary>
    public long Lag { get; init; }

    /// <summary>Findings that are staged and not decided.</summary>
    public long Findings { get; init; }

    /// <summary>Cases that wait for something to arrive.</summary>
    public long Waiting { get; init; }

    /// <summary>Credits that wait for a person.</summary>
    public long ForFred { get; init; }

    /// <summary>Credits that wait for a budget or an andon: by choice.</summary>
    public long Held { get; init; }

    /// <summary>Credits that are owed and not paid.</summary>
    public long Unpaid { get; init; }

    /// <summary>Notices that are due and not sent.</summary>
    public long Due { get; init; }

    /// <summary>Notices that wait for the morning or another attempt.</summary>
    public long Later { get; init; }

    /// <summary>Entries of the ledger without a seal.</summary>
    public long Unsealed { get; init; }

    public static Queues Of(DbConnection db, Instant now) => db.QuerySingle<Queues>(
        """
        SELECT (SELECT last FROM arrival) - (SELECT MIN(arrival) FROM cursor) AS lag,
          (SELECT COUNT(*) FROM finding) AS findings,
          (SELECT COUNT(*) FROM care_case WHERE state IN ('waiting', 'held-out')) AS waiting,
          (SELECT COUNT(*) FROM credit WHERE state = 'pending' AND hold_reason NOT IN ('budget', 'andon')) AS for_fred,
          (SELECT COUNT(*) FROM credit WHERE state = 'pending' AND hold_reason IN ('budget', 'andon')) AS held,
          (SELECT COUNT(*) FROM credit WHERE state IN ('approved', 'settling', 'failed')) AS unpaid,
          (SELECT COUNT(*) FROM notice WHERE next_attempt_at <= @now OR state = 'sending') AS due,
          (SELECT COUNT(*) FROM notice WHERE next_attempt_at > @now) AS later,
          (SELECT COUNT(*) FROM entry WHERE entry_id > (SELECT COALESCE(MAX(last_entry), 0) FROM seal)) AS unsealed
        """,
        new { now });
}

/// <summary>The sizes at the end of an hour.</summary>
internal sealed record Stored(long Arrivals, long Cases, long Credits, long Notices, long Quarantined, long Telemetry)
{
    public static Stored Of(DbConnection db) => db.QuerySingle<Stored>(
        """
        SELECT (SELECT last FROM arrival) AS arrivals, (SELECT COALESCE(MAX(case_id), 0) FROM care_case) AS cases,
          (SELECT COALESCE(MAX(credit_id), 0) FROM credit) AS credits,
          (SELECT COUNT(*) FROM notice WHERE state = 'sent') AS notices,
          (SELECT COUNT(*) FROM quarantine) AS quarantined, (SELECT COUNT(*) FROM session) AS telemetry
        """);

    public static Stored operator -(Stored a, Stored b) => new(
        a.Arrivals - b.Arrivals, a.Cases - b.Cases, a.Credits - b.Credits, a.Notices - b.Notices,
        a.Quarantined - b.Quarantined, a.Telemetry);
}
