using System.Data.Common;
using Dapper;

namespace ProactiveCare.Tests.Faults;

/// <summary>Compares the mails and payments that customers got with the database.</summary>
internal static class OutsideWorld
{
    public static IEnumerable<string> Broken(DbConnection db, CountingRelay relay, PayingOnce billing) =>
        [.. Mail(db, relay), .. Money(db, billing)];

    /// <summary>The number of mails with an unknown outcome.</summary>
    public static int Uncertain(DbConnection db) =>
        db.ExecuteScalar<int>("SELECT COALESCE(SUM(uncertain_count), 0) FROM notice");

    /// <summary>Mails accepted again, each after an attempt that was counted as uncertain.</summary>
    public static int Doubled(DbConnection db, CountingRelay relay) =>
        db.Query<string>("SELECT message_id FROM notice WHERE message_id IS NOT NULL")
            .Sum(id => Math.Max(0, relay.Taken(id) - 1));

    /// <summary>The work in progress or waiting for an approval; empty when idle.</summary>
    public static string Moves(DbConnection db) => string.Join(", ", db.Query<string>(
        """
        SELECT 'runs' WHERE EXISTS (SELECT 1 FROM run WHERE state IN ('stored', 'staged'))
        UNION ALL SELECT 'rows without a number' WHERE EXISTS (SELECT 1 FROM session WHERE arrival IS NULL)
        UNION ALL SELECT 'cursor of ' || job_id FROM cursor WHERE arrival < (SELECT last FROM arrival)
        UNION ALL SELECT 'waiting case ' || case_id FROM care_case WHERE state = 'waiting'
          AND customer_id IN (SELECT customer_id FROM customer)
          AND (purchase_id IS NULL OR purchase_id IN (SELECT purchase_id FROM purchase))
        UNION ALL SELECT 'credit ' || credit_id || ' ' || state FROM credit
          WHERE state IN ('approved', 'settling', 'unknown', 'failed') OR hold_reason IN ('andon', 'approval')
        UNION ALL SELECT 'notice ' || notice_id || ' ' || state FROM notice
          WHERE state IN ('queued', 'held', 'sending') OR (state = 'uncertain' AND next_attempt_at IS NOT NULL)
        UNION ALL SELECT 'seal' WHERE (SELECT COALESCE(MAX(entry_id), 0) FROM entry)
          > (SELECT COALESCE(MAX(last_entry), 0) FROM seal)
        """).Take(5));

    // A successful or running attempt may have arrived once, and each uncertain one once more.
    private static IEnumerable<string> Mail(DbConnection db, CountingRelay relay)
    {
        foreach (var notice in db.Query<Notice>(
            "SELECT notice_id, message_id, state, uncertain_count AS uncertain FROM notice"))
        {
            var taken = notice.MessageId is null ? 0 : relay.Taken(notice.MessageId);
            var most = notice.Uncertain + (notice.State is "sending" or "sent" ? 1 : 0);
            if (taken > most)
                yield return $"I7 notice {notice.NoticeId} ({notice.State}, {notice.Uncertain} uncertain) arrived "
                    + $"{taken} times";
            if (notice.State == "sent" && taken == 0)
                yield return $"I7 notice {notice.NoticeId} is called sent and never arrived";
        }
    }

    private static IEnumerable<string> Money(DbConnection db, PayingOnce billing)
    {
        var lines = db.Query<Line>(
            """
            SELECT key, CAST(credit_id AS TEXT) AS credit, state, status
            FROM payment JOIN credit USING (credit_id)
            """)
            .ToDictionary(line => line.Key, StringComparer.Ordinal);
        foreach (var twice in billing.Paid.GroupBy(paid => paid.Credit).Where(paid => paid.Count() > 1))
            yield return $"credit {twice.Key} was paid {twice.Count()} times";
        foreach (var (key, credit) in billing.Paid)
        {
            if (!lines.TryGetValue(key, out var line)) yield return $"billing paid {key}, which nobody asked for";
            else if (line.Credit != credit || line.State is not ("settling" or "settled"))
                yield return $"billing paid {key} for credit {credit}, which is {line.State}";
        }
        var paid = billing.Paid.Select(p => p.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var line in lines.Values.Where(line => line.Status == "accepted" && !paid.Contains(line.Key)))
            yield return $"{line.Key} is called accepted, and billing never paid it";
    }

    private sealed record Notice(long NoticeId, string? MessageId, string State, long Uncertain);

    private sealed record Line(string Key, string Credit, string State, string? Status);
}
