using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Notices.Words;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices.Delivery;

/// <summary>A notice that is due, as it stands in the outbox.</summary>
internal sealed record DueNotice(
    NoticeId NoticeId, NoticeState State, CustomerId? CustomerId, string? Recipient, string? RecipientName,
    string Topic, string Urgency, NoticeEvent Event, CaseId? CaseId, JobId? JobId, JobVersion? JobVersion,
        string Model, string MessageId,
    Instant DateAt, Instant? NotBeforeAt, Instant? ExpiresAt, long Attempts, string? Subject, string? TextBody,
    string? HtmlBody);

/// <summary>What a step of delivery did with one notice before any mail left.</summary>
/// <param name="Notice">Which.</param>
/// <param name="Mail">The mail to send now; null when it was held or suppressed.</param>
/// <param name="State">Its new state: held, suppressed or sending.</param>
/// <param name="LeaseUntil">How long this process holds it.</param>
internal sealed record Claim(DueNotice Notice, OutgoingMail? Mail, NoticeState State, Instant LeaseUntil);

/// <summary>
/// Claims the next due notices: decides, renders, and makes <c>sending</c> durable before any mail leaves. Nodes that
/// share a database claim at the same time, and never the same notice.
/// </summary>
internal static class NoticeClaims
{
    private static readonly Duration UnreadableFor = Duration.FromMinutes(15);

    /// <summary>The urgent first, then those that wait longest.</summary>
    /// <param name="db">In a transaction.</param>
    /// <param name="renderer">Writes the words.</param>
    /// <param name="most">How many.</param>
    /// <param name="now">The moment of sending.</param>
    public static List<Claim> Take(DbConnection db, NoticeRenderer renderer, int most, Instant now)
    {
        var due = new List<DueNotice>();
        foreach (var urgency in new[] { "urgent", "normal" })
            if (due.Count < most) due.AddRange(Due(db, urgency, most - due.Count, now));
        if (due.Count == 0) return [];
        var addressees = Addressees.Of(db, due, now);
        using var writer = new ClaimWriter(db, now, now + renderer.Settings.Lease);
        return [.. due.Select(notice => Take(notice, addressees, renderer, writer))];
    }

    private static IEnumerable<DueNotice> Due(DbConnection db, string urgency, int most, Instant now) =>
        db.Query<DueNotice>(
            $"""
            SELECT notice.notice_id, state, customer_id, recipient, recipient_name, topic, urgency, event, case_id,
              job_id, job_version, model, message_id, date_at, not_before_at, expires_at, attempts, subject,
              text_body, html_body
            FROM notice LEFT JOIN notice_words
              ON notice_words.notice_id = notice.notice_id AND notice.state = 'uncertain'
            WHERE urgency = @urgency AND next_attempt_at <= @now AND state IN ('queued', 'held', 'uncertain')
            ORDER BY next_attempt_at, notice.notice_id LIMIT @most{db.SkipLocked("notice")}
            """,
            new { urgency, now, most });

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
                    var mail = NoticeMail.Compose(notice, recipient, send.To, renderer);
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
