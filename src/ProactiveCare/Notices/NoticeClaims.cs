using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices;

/// <summary>A notice that is due, as it stands in the outbox.</summary>
internal sealed record DueNotice(
    NoticeId NoticeId, string State, CustomerId? CustomerId, string? Recipient, string? RecipientName, string Topic,
    string Urgency, string Event, CaseId? CaseId, JobId? JobId, JobVersion? JobVersion, string Model, string MessageId,
    Instant DateAt, Instant? NotBeforeAt, Instant? ExpiresAt, long Attempts, string? Locale, string? Subject,
    string? TextBody, string? HtmlBody);

/// <summary>What a step of delivery did with one notice before any mail left.</summary>
/// <param name="Notice">Which.</param>
/// <param name="Mail">The mail to send now; null when it was held or suppressed.</param>
/// <param name="State">What became of it: <c>held</c>, <c>suppressed</c> or <c>sending</c>.</param>
/// <param name="LeaseUntil">How long this process holds it.</param>
internal sealed record Claim(DueNotice Notice, OutgoingMail? Mail, string State, Instant LeaseUntil);

/// <summary>
/// Takes the next due notice: decides, renders, and makes <c>sending</c> durable before any mail leaves.
/// </summary>
internal static class NoticeClaims
{
    public static Claim? Next(DbConnection db, NoticeRenderer renderer, Instant now)
    {
        var notice = db.QueryFirstOrDefault<DueNotice>(
            """
            SELECT notice_id, state, customer_id, recipient, recipient_name, topic, urgency, event, case_id, job_id,
              job_version, model, message_id, date_at, not_before_at, expires_at, attempts, locale, subject, text_body,
              html_body
            FROM notice WHERE next_attempt_at <= @now AND state IN ('queued', 'held', 'uncertain')
            ORDER BY urgency = 'urgent' DESC, next_attempt_at, notice_id LIMIT 1
            """,
            new { now });
        if (notice is null) return null;
        var recipient = notice.CustomerId is { } customer ? Find(db, customer) : null;
        return Decide(db, notice, recipient, renderer.Settings, now) switch
        {
            Manner.Hold hold => Held(db, notice, hold),
            Manner.Suppress suppress => Suppressed(db, notice, suppress.Reason, now),
            Manner.Send send => Rendered(db, notice, recipient, send.To, renderer, now),
            var other => throw new InvalidOperationException($"{other} is no way to treat a notice."),
        };
    }

    private static Recipient? Find(DbConnection db, CustomerId customer) => db.QuerySingleOrDefault<Recipient>(
        """
        SELECT email, name, locale, time_zone, status, (SELECT time_zone FROM premises
          WHERE customer_id = @customer AND time_zone IS NOT NULL ORDER BY premises_id LIMIT 1) AS premises_time_zone
        FROM customer WHERE customer_id = @customer
        """,
        new { customer });

    private static Manner Decide(
        DbConnection db, DueNotice notice, Recipient? recipient, NoticeSettings settings, Instant now)
    {
        if (notice.CustomerId is not { } customer)
        {
            return notice.ExpiresAt <= now
                ? new Manner.Suppress(NoticeReason.Expired)
                : new Manner.Send(new(notice.Recipient!, notice.RecipientName ?? ""));
        }
        var since = recipient is null ? now : Manners.DayStart(now, Place.Of(recipient, settings).Zone);
        var sent = db.ExecuteScalar<int>(
            """
            SELECT count(*) FROM notice WHERE customer_id = @customer AND claimed_at >= @since AND urgency = 'normal'
              AND state IN ('sending', 'sent', 'uncertain') AND notice_id <> @NoticeId
            """,
            new { customer, since, notice.NoticeId });
        var occasion = new Occasion(notice.Urgency == "urgent", notice.NotBeforeAt, notice.ExpiresAt, sent);
        return Manners.Decide(occasion, recipient, settings, now);
    }

    private static Claim Held(DbConnection db, DueNotice notice, Manner.Hold hold)
    {
        // An uncertain notice stays one: it may have arrived.
        var state = notice.State == "uncertain" ? "uncertain" : "held";
        db.Execute(
            "UPDATE notice SET state = @state, reason = @Reason, next_attempt_at = @Until WHERE notice_id = @NoticeId",
            new { state, hold.Reason, hold.Until, notice.NoticeId });
        return new(notice, null, "held", default);
    }

    private static Claim Suppressed(DbConnection db, DueNotice notice, string reason, Instant now)
    {
        var why = notice.State == "uncertain" ? reason + "; an earlier attempt may have arrived" : reason;
        db.Execute(
            "UPDATE notice SET state = 'suppressed', reason = @why, next_attempt_at = NULL WHERE notice_id = @NoticeId",
            new { why, notice.NoticeId });
        var by = Actors.System(db, now);
        Trail.Write(db, new(by, "notice.suppressed", $"notice:{notice.NoticeId}", new { reason = why }), now);
        return new(notice, null, "suppressed", default);
    }

    private static Claim Rendered(
        DbConnection db, DueNotice notice, Recipient? recipient, EmailAddress to, NoticeRenderer renderer, Instant now)
    {
        OutgoingMail mail;
        try
        {
            mail = Compose(notice, recipient, to, renderer);
        }
        catch (Exception e) when (e is NoticeTemplateException or FormatException)
        {
            return Suppressed(db, notice, $"{NoticeReason.CannotBeWritten}: {HarmlessText.OneLine(e.Message)}", now);
        }
        var lease = now + renderer.Settings.Lease;
        db.Execute(
            """
            UPDATE notice SET state = 'sending', reason = NULL, attempts = attempts + 1, next_attempt_at = NULL,
              claimed_at = @now, lease_until_at = @lease, recipient = @Address, recipient_name = @Name,
              locale = @Language, subject = @Subject, text_body = @Text, html_body = @Html
            WHERE notice_id = @NoticeId
            """,
            new
            {
                now,
                lease,
                to.Address,
                to.Name,
                mail.Language,
                mail.Subject,
                mail.Text,
                mail.Html,
                notice.NoticeId,
            });
        return new(notice, mail, "sending", lease);
    }

    private static OutgoingMail Compose(
        DueNotice notice, Recipient? recipient, EmailAddress to, NoticeRenderer renderer)
    {
        var settings = renderer.Settings;
        var locale = recipient?.Locale is { Length: > 0 } own ? own.Replace('_', '-') : settings.Locale;
        // What may have arrived already is repeated to the letter.
        var words = notice is { State: "uncertain", Subject: { } subject, TextBody: { } text, HtmlBody: { } html }
            ? new RenderedNotice(subject, text, html)
            : Words(notice, recipient, locale, renderer);
        return new(
            notice.MessageId, notice.DateAt, settings.From, settings.ReplyTo, to, words.Subject, words.Text, words.Html,
            locale, notice.CustomerId is null ? null : $"{notice.Topic}.{settings.Domain}");
    }

    private static RenderedNotice Words(DueNotice notice, Recipient? recipient, string locale, NoticeRenderer renderer)
    {
        var facts = NoticeFacts.FromJson(notice.Model);
        var kind = NoticeEvents.OfWord(notice.Event)!.Value;
        if (recipient is null) return renderer.ForStaff(kind, facts);
        facts["customer_name"] = new NoticeValue.Words(HarmlessText.Name(recipient.Name ?? ""));
        facts["case_id"] = new NoticeValue.Words(notice.CaseId?.ToString() ?? "");
        var zone = Place.Of(recipient, renderer.Settings).Zone;
        return renderer.ForCustomer((notice.JobId!.Value, notice.JobVersion!.Value, kind), facts, locale, zone);
    }
}
