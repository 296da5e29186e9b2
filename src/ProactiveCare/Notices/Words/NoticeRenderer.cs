using System.Collections.Concurrent;
using ProactiveCare.Notices.Delivery;

namespace ProactiveCare.Notices.Words;

/// <summary>The template for a customer.</summary>
/// <param name="Text">The template.</param>
/// <param name="Locale">Its language, with the customer's region where the languages match: dates and amounts follow
/// it.</param>
public sealed record NoticeWords(string Text, string Locale);

/// <summary>This program cannot read the version of the job that holds the template: the notice waits.</summary>
public sealed class WordsUnreadableException() : Exception("The version of the job cannot be read by this program.");

/// <summary>The template of a job's version for a customer's locale and an event; null when it has none.</summary>
public delegate NoticeWords? NoticeSource(JobId job, JobVersion version, string locale, NoticeEvent kind);

/// <summary>Renders stored facts in a reader's language.</summary>
public sealed class NoticeRenderer(NoticeSettings settings, NoticeSource source)
{
    private const int MostTemplates = 500;

    private readonly ConcurrentDictionary<
        (JobId, JobVersion, string, NoticeEvent), (NoticeTemplate Template, string Locale)> templates = new();

    /// <summary>The settings of notices.</summary>
    public NoticeSettings Settings => settings;

    /// <summary>A notice to a customer.</summary>
    /// <exception cref="NoticeTemplateException">The job has no template for it, or it cannot be rendered.</exception>
    /// <exception cref="WordsUnreadableException">The version of the job cannot be read.</exception>
    public RenderedNotice ForCustomer(
        (JobId Job, JobVersion Version, NoticeEvent Kind) what, NoticeFacts facts, string locale, DateTimeZone zone,
        Instant now)
    {
        // Whether the hazard has begun is asked when the words are written: the relay may have been away for hours.
        if (facts.GetValueOrDefault("onset") is NoticeValue.Moment onset)
            facts["in_force"] = new NoticeValue.Flag(onset.Value <= now);
        var key = (what.Job, what.Version, locale, what.Kind);
        if (!templates.TryGetValue(key, out var words))
        {
            var found = source(what.Job, what.Version, locale, what.Kind)
                ?? throw new NoticeTemplateException([new("notice", 1,
                    $"Job {what.Job} has no notice for '{what.Kind}' in '{locale}' or English.")]);
            words = (NoticeTemplate.Parse("notice", found.Text), found.Locale);
            // Locales come from customers' data, so the cache is bounded.
            if (templates.Count >= MostTemplates) templates.Clear();
            templates[key] = words;
        }
        return words.Template.Render(Model(what.Kind, facts, words.Locale, zone), words.Locale, settings.Company);
    }

    /// <summary>A mail to staff: the fact <c>headline</c> as subject and first line, <c>line_1</c>, <c>line_2</c>, ...
    /// as a list, and an optional <c>action</c> with the remedy.</summary>
    public RenderedNotice ForStaff(NoticeEvent kind, NoticeFacts facts)
    {
        var text = new StringBuilder("Subject: {{company}}: {{headline}}\n\n{{headline}}\n");
        for (var line = 1; facts.ContainsKey(Line(line)); line++) text.Append("\n- {{").Append(Line(line)).Append("}}");
        text.Append("\n\n{{#if action}}{{action}}{{/if}}\n");
        return NoticeTemplate.Parse("notice", text.ToString())
            .Render(Model(kind, facts, settings.Locale, settings.TimeZone), settings.Locale, settings.Company);
    }

    private static string Line(int number) => "line_" + number.ToString(CultureInfo.InvariantCulture);

    private Dictionary<string, object> Model(NoticeEvent kind, NoticeFacts facts, string locale, DateTimeZone zone)
    {
        var model = facts.InWords(locale, zone);
        model["reply_to"] = settings.ReplyTo.Address;
        model["company"] = settings.Company;
        model["is_refund"] = kind == NoticeEvent.Refunded;
        model["is_credit"] = kind == NoticeEvent.Credited;
        return model;
    }
}

/// <summary>Composes the mail of a notice from the data at the moment of sending.</summary>
internal static class NoticeMail
{
    /// <exception cref="NoticeTemplateException">The job has no template for it, or it cannot be rendered.</exception>
    /// <exception cref="FormatException">Its stored data cannot be read.</exception>
    public static OutgoingMail Compose(
        DueNotice notice, Recipient? recipient, EmailAddress to, NoticeRenderer renderer, Instant now)
    {
        var settings = renderer.Settings;
        var locale = recipient?.Locale is { Length: > 0 } own ? own.Replace('_', '-') : settings.Locale;
        // A mail that may have arrived already is repeated unchanged.
        var words = notice.State == NoticeState.Uncertain
            && notice is { Subject: { } subject, TextBody: { } text, HtmlBody: { } html }
            ? new RenderedNotice(subject, text, html)
            : Words(notice, recipient, locale, renderer, now);
        return new(
            notice.MessageId, notice.DateAt, settings.From, settings.ReplyTo, to, words.Subject, words.Text, words.Html,
            locale, notice.CustomerId is null ? null : $"{notice.Topic}.{settings.Domain}");
    }

    private static RenderedNotice Words(
        DueNotice notice, Recipient? recipient, string locale, NoticeRenderer renderer, Instant now)
    {
        var facts = NoticeFacts.FromJson(notice.Model);
        var kind = notice.Event;
        if (recipient is null) return renderer.ForStaff(kind, facts);
        facts["customer_name"] = new NoticeValue.Words(HarmlessText.Name(recipient.Name ?? ""));
        facts["case_id"] = new NoticeValue.Words(notice.CaseId?.ToString() ?? "");
        var zone = Place.Of(recipient, renderer.Settings).Zone;
        return renderer.ForCustomer((notice.JobId!.Value, notice.JobVersion!.Value, kind), facts, locale, zone, now);
    }
}
