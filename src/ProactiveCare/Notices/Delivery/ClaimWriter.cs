using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices.Delivery;

/// <summary>Stores what was decided of due notices, all in one transaction and at one moment.</summary>
internal sealed class ClaimWriter(DbConnection db, Instant now, Instant lease) : IDisposable
{
    private readonly Statement claim = Statement.Of(db,
        """
        UPDATE notice SET state = 'sending', reason = NULL, attempts = attempts + 1, next_attempt_at = NULL,
          claimed_at = ?1, lease_until_at = ?2, recipient = ?3, recipient_name = ?4, locale = ?5, subject = ?6
        WHERE notice_id = ?7
        """);

    private readonly Statement words = Statement.Of(db,
        """
        INSERT INTO notice_words (notice_id, text_body, html_body) VALUES (?1, ?2, ?3)
        ON CONFLICT (notice_id) DO UPDATE SET text_body = excluded.text_body, html_body = excluded.html_body
        """);

    /// <summary>The moment of sending.</summary>
    public Instant Now => now;

    public Claim Send(DueNotice notice, OutgoingMail mail)
    {
        claim.Bind(1, now.ToUnixTimeMilliseconds());
        claim.Bind(2, lease.ToUnixTimeMilliseconds());
        claim.Bind(3, mail.To.Address);
        claim.Bind(4, mail.To.Name);
        claim.Bind(5, mail.Language);
        claim.Bind(6, mail.Subject);
        claim.Bind(7, notice.NoticeId.Value);
        claim.Execute();
        words.Bind(1, notice.NoticeId.Value);
        words.Bind(2, mail.Text);
        words.Bind(3, mail.Html);
        words.Execute();
        // The second half of the lease is for the relay's answer.
        return new(notice, mail with { NotAfter = now + (lease - now) / 2 }, NoticeState.Sending, lease);
    }

    public Claim Hold(DueNotice notice, SendDecision.Hold hold)
    {
        // An uncertain notice stays one: it may have arrived.
        var state = notice.State == NoticeState.Uncertain ? NoticeState.Uncertain : NoticeState.Held;
        db.Execute(
            "UPDATE notice SET state = @state, reason = @Reason, next_attempt_at = @Until WHERE notice_id = @NoticeId",
            new { state, hold.Reason, hold.Until, notice.NoticeId });
        return new(notice, null, NoticeState.Held, default);
    }

    public Claim Suppress(DueNotice notice, string reason)
    {
        var why = notice.State == NoticeState.Uncertain ? reason + "; an earlier attempt may have arrived" : reason;
        db.Execute(
            "UPDATE notice SET state = 'suppressed', reason = @why, next_attempt_at = NULL WHERE notice_id = @NoticeId",
            new { why, notice.NoticeId });
        var by = Actors.System(db, now);
        AuditLog.Append(db, new(by, "notice.suppressed", $"notice:{notice.NoticeId}", new { reason = why }), now);
        return new(notice, null, NoticeState.Suppressed, default);
    }

    public void Dispose()
    {
        claim.Dispose();
        words.Dispose();
    }
}
