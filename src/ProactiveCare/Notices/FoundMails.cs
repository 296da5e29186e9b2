using ProactiveCare.Storage;

namespace ProactiveCare.Notices;

/// <summary>Mails that a transport keeps from before a restore.</summary>
public static class FoundMails
{
    /// <summary>Marks notices as sent whose mails are kept, keeps the others for notices that are queued again, and
    /// gives new Message-IDs to those that nobody has tried to send.</summary>
    /// <returns>The number of notices that had been sent, and of mails that belong to no notice.</returns>
    internal static (int Sent, int Kept) Keep(
        DbConnection db, IEnumerable<KeptMail> mails, NoticeSettings settings, Instant now)
    {
        var (sent, kept) = (0, 0);
        foreach (var mail in mails)
        {
            sent += db.Run(
                """
                UPDATE notice SET state = 'sent', reason = NULL, next_attempt_at = NULL, sent_at = ?2, recipient = ?3,
                  subject = ?4, relay_reply = 'Found in the outbox folder after a restore'
                WHERE message_id = ?1 AND state IN ('queued', 'held', 'sending', 'uncertain')
                """,
                mail.MessageId, mail.Date, mail.To, mail.Subject);
            if (mail.EventId is null) continue;
            kept += db.Run(
                """
                INSERT INTO notice_found (event_id, message_id, sent_at)
                SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM notice WHERE message_id = ?2)
                ON CONFLICT (event_id) DO NOTHING
                """,
                mail.EventId, mail.MessageId, mail.Date);
        }
        db.Execute(
            """
            UPDATE notice SET message_id = '<n' || notice_id || '.' || (SELECT store_id || epoch_tag FROM installation)
              || '@' || @Domain || '>'
            WHERE state IN ('queued', 'held') AND attempts = 0
            """,
            new { settings.Domain });
        return (sent, kept);
    }

    /// <summary>A Message-ID of this installation that its database does not know; null when it knows all.</summary>
    internal static string? Newer(DbConnection db, IEnumerable<string> ids)
    {
        var (store, epoch) = (Installation.Load(db).StoreId, Epoch.Load(db));
        var newest = db.ExecuteScalar<long?>("SELECT MAX(notice_id) FROM notice") ?? 0;
        return ids.FirstOrDefault(id =>
        {
            if (!id.StartsWith("<n", StringComparison.Ordinal)) return false;
            var (dot, at) = (id.IndexOf('.', StringComparison.Ordinal), id.IndexOf('@', StringComparison.Ordinal));
            return dot > 0 && at > dot
                && long.TryParse(id.AsSpan(2, dot - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && (number > newest && id.AsSpan(dot + 1, at - dot - 1).SequenceEqual(store + epoch.Tag)
                    || EpochIn(id[(dot + 1)..at], store) > epoch.Number);
        });
    }

    private static long? EpochIn(string name, string store) =>
        name.StartsWith(store + "-r", StringComparison.Ordinal)
        && long.TryParse(
            name[(store.Length + 2)..].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            ? epoch
            : null;
}
