using ProactiveCare.Notices.Delivery;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Notices;

/// <summary>Makes the mail of a notice from the state of things at the moment of sending.</summary>
internal static class NoticeMail
{
    /// <exception cref="NoticeTemplateException">The job has no words for it, or they cannot be filled in.</exception>
    /// <exception cref="FormatException">What is stored of it cannot be read.</exception>
    public static OutgoingMail Compose(
        DueNotice notice, Recipient? recipient, EmailAddress to, NoticeRenderer renderer)
    {
        var settings = renderer.Settings;
        var locale = recipient?.Locale is { Length: > 0 } own ? own.Replace('_', '-') : settings.Locale;
        // What may have arrived already is repeated to the letter.
        var words = notice.State == NoticeState.Uncertain
            && notice is { Subject: { } subject, TextBody: { } text, HtmlBody: { } html }
            ? new RenderedNotice(subject, text, html)
            : Words(notice, recipient, locale, renderer);
        return new(
            notice.MessageId, notice.DateAt, settings.From, settings.ReplyTo, to, words.Subject, words.Text, words.Html,
            locale, notice.CustomerId is null ? null : $"{notice.Topic}.{settings.Domain}");
    }

    private static RenderedNotice Words(DueNotice notice, Recipient? recipient, string locale, NoticeRenderer renderer)
    {
        var facts = NoticeFacts.FromJson(notice.Model);
        var kind = notice.Event;
        if (recipient is null) return renderer.ForStaff(kind, facts);
        facts["customer_name"] = new NoticeValue.Words(HarmlessText.Name(recipient.Name ?? ""));
        facts["case_id"] = new NoticeValue.Words(notice.CaseId?.ToString() ?? "");
        var zone = Place.Of(recipient, renderer.Settings).Zone;
        return renderer.ForCustomer((notice.JobId!.Value, notice.JobVersion!.Value, kind), facts, locale, zone);
    }
}
