using ProactiveCare.Audit;

namespace ProactiveCare.Notices;

/// <summary>A person's resolution of an uncertain notice.</summary>
public static class Resolution
{
    /// <summary>Resolves an uncertain notice.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="id">The notice.</param>
    /// <param name="arrived">True: it counts as sent. False: it is sent again at once, with the same Message-ID and
    /// text.</param>
    /// <param name="by">The user.</param>
    /// <param name="now">The present.</param>
    /// <returns>Whether it was uncertain; if not, nothing was changed.</returns>
    public static bool Resolve(
        DbConnection db, NoticeId id, bool arrived, (ActorId Actor, string Reason) by, Instant now)
    {
        var changed = db.Execute(
            arrived
                ? """
                  UPDATE notice SET state = 'sent', sent_at = claimed_at, reason = NULL, next_attempt_at = NULL,
                    lease_until_at = NULL
                  WHERE notice_id = @id AND state = 'uncertain'
                  """
                : """
                  UPDATE notice SET reason = NULL, next_attempt_at = @now WHERE notice_id = @id AND state = 'uncertain'
                  """,
            new { id, now });
        if (changed == 0) return false;
        var found = arrived ? "arrived" : "send again";
        AuditLog.Append(db, new(by.Actor, "notice.resolved", $"notice:{id}", new { found, by.Reason }), now);
        return true;
    }
}
