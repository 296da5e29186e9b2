using System.Security.Cryptography;
using ProactiveCare.Audit;
using ProactiveCare.Notices.Words;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices.Delivery;

/// <summary>A due notice of the outbox.</summary>
internal sealed record DueNotice(
    NoticeId NoticeId, NoticeState State, CustomerId? CustomerId, string? Recipient, string? RecipientName,
    string Topic, string Urgency, NoticeEvent Event, CaseId? CaseId, JobId? JobId, JobVersion? JobVersion,
        string Model, string MessageId,
    Instant DateAt, Instant? NotBeforeAt, Instant? ExpiresAt, long Attempts, string? Subject, string? TextBody,
    string? HtmlBody, string EventKey, long? DecisionNumber, string? About)
{
    /// <summary>The hash of its event and reader, without a number that a restored database assigns again.</summary>
    public string EventId => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(About is null
        ? EventKey
        : $"{Event}\n{JobId}\n{About}\n{CustomerId}\n{DecisionNumber}")).AsSpan(0, 16));
}

/// <summary>The result of claiming one notice, before any mail is sent.</summary>
/// <param name="Notice">The notice.</param>
/// <param name="Mail">The mail to send now; null when it was held or suppressed.</param>
/// <param name="State">Its new state: held, suppressed or sending.</param>
/// <param name="LeaseUntil">The end of this process's lease.</param>
internal sealed record Claim(DueNotice Notice, OutgoingMail? Mail, NoticeState State, Instant LeaseUntil);

/// <summary>Claims the next due notices: decides, renders, and commits <c>sending</c> before any mail is sent. Nodes
/// that share a database claim at the same time, and never the same notice.</summary>
internal static class NoticeClaims
{
    private static readonly Duration UnreadableFor = Duration.FromMinutes(15);

    /// <summary>Claims due notices: urgent ones first, then the oldest.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="renderer">Renders the mails.</param>
    /// <param name="most">The maximum number.</param>
    /// <param name="staffOnly">Whether customers' are left.</param>
    /// <param name="now">The moment of sending.</param>
    public static List<Claim> Take(
        DbConnection db, NoticeRenderer renderer, int most, bool staffOnly, Instant now)
    {
        var due = new List<DueNotice>();
        foreach (var urgency in new[] { "urgent", "normal" })
            if (due.Count < most) due.AddRange(Due(db, (urgency, staffOnly), most - due.Count, now));
        if (due.Count == 0) return [];
        var addressees = Addressees.Of(db, due, now);
        using var writer = new ClaimWriter(db, now, now + renderer.Settings.Lease);
        return [.. due.Select(notice => Take(notice, addressees, renderer, writer))];
    }

    private static IEnumerable<DueNotice> Due(
        DbConnection db, (string Urgency, bool StaffOnly) wanted, int most, Instant now) =>
        db.Query<DueNotice>(
            $"""
            SELECT notice.notice_id, state, customer_id, recipient, recipient_name, topic, urgency, event, case_id,
              job_id, job_version, model, message_id, date_at, not_before_at, expires_at, attempts, subject,
              text_body, html_body, event_key, decision_number, (
                SELECT care_case.subject FROM care_case WHERE care_case.case_id = notice.case_id) AS about
            FROM notice LEFT JOIN notice_words
              ON notice_words.notice_id = notice.notice_id AND notice.state = 'uncertain'
            WHERE urgency = @Urgency AND next_attempt_at <= @now AND state IN ('queued', 'held', 'uncertain')
              {(wanted.StaffOnly ? "AND audience = 'staff'" : "")}
            ORDER BY next_attempt_at, notice.notice_id LIMIT @most{db.SkipLocked("notice")}
            """,
            new { wanted.Urgency, now, most });

    private static Claim Take(DueNotice notice, Addressees addressees, NoticeRenderer renderer, ClaimWriter writer)
    {
        var recipient = notice.CustomerId is { } customer ? addressees.Find(customer) : null;
        switch (Decide(notice, recipient, addressees, renderer.Settings, writer.Now))
        {
            case SendDecision.Hold hold: return writer.Hold(notice, hold);
            case SendDecision.Suppress suppress: return writer.Suppress(notice, suppress.Reason);
            case SendDecision.Send send:
                try
                {
                    var mail = NoticeMail.Compose(notice, recipient, send.To, renderer, writer.Now) with
                    {
                        EventId = notice.EventId,
                    };
                    if (writer.Found(notice, mail) is { } found) return found;
                    addressees.Claimed(notice, writer.Now);
                    return writer.Send(notice, mail);
                }
                catch (WordsUnreadableException)
                {
                    return writer.Hold(notice, new(writer.Now + UnreadableFor, NoticeReason.WordsUnreadable.Text));
                }
                catch (Exception e) when (e is NoticeTemplateException or FormatException)
                {
                    return writer.Suppress(
                        notice, $"{NoticeReason.CannotBeWritten}: {HarmlessText.OneLine(e.Message)}");
                }
            case var other: throw new InvalidOperationException($"{other} is no way to treat a notice.");
        }
    }

    private static SendDecision Decide(
        DueNotice notice, Recipient? recipient, Addressees addressees, NoticeSettings settings, Instant now)
    {
        if (notice.CustomerId is not { } customer)
        {
            return notice.ExpiresAt <= now
                ? new SendDecision.Suppress(NoticeReason.Expired.Text)
                : new SendDecision.Send(new(notice.Recipient!, notice.RecipientName ?? ""));
        }
        var since = recipient is null ? now : SendPolicy.DayStart(now, Place.Of(recipient, settings).Zone);
        var sent = addressees.Since(customer, since, notice.NoticeId);
        var occasion = new Occasion(notice.Urgency == "urgent", notice.NotBeforeAt, notice.ExpiresAt, sent);
        return SendPolicy.Decide(occasion, recipient, settings, now);
    }
}

/// <summary>Stores the decisions about due notices, all in one transaction and at one moment.</summary>
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

    /// <summary>Marks a notice as sent that had been sent before a restore, by another number; null for any
    /// other.</summary>
    public Claim? Found(DueNotice notice, OutgoingMail mail)
    {
        var sent = db.Run(
            """
            UPDATE notice SET state = 'sent', reason = NULL, next_attempt_at = NULL, recipient = ?2, subject = ?3,
              sent_at = (SELECT notice_found.sent_at FROM notice_found WHERE event_id = ?4),
              relay_reply = (SELECT 'Sent before the restore as ' || notice_found.message_id FROM notice_found
                WHERE event_id = ?4)
            WHERE notice_id = ?1 AND EXISTS (SELECT 1 FROM notice_found WHERE event_id = ?4)
            """,
            notice.NoticeId, mail.To.Address, mail.Subject, mail.EventId);
        return sent == 1 ? new(notice, null, NoticeState.Sent, default) : null;
    }

    public Claim Hold(DueNotice notice, SendDecision.Hold hold)
    {
        // An uncertain notice stays uncertain: it may have arrived.
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
