using ProactiveCare.Notices;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Shows the notices of a job as customers would read them.</summary>
internal sealed class NoticesPreview : PlainVerb
{
    private readonly Argument<string> job = new("JOB") { Description = "A job's id or the name of its folder." };

    private readonly Option<string> locale = new("--locale")
    { HelpName = "LOCALE", Description = "The customer's.", DefaultValueFactory = _ => "en" };

    private readonly Option<string?> kind = new("--event")
    { HelpName = "EVENT", Description = "What is reported (default: what the job does)." };

    private readonly Option<bool> html = new("--html") { Description = "The HTML part instead of the text." };

    public NoticesPreview() : base(
        "preview", "Shows what customers would read, from the job's folder, with made-up facts.",
        "proactive-care notices preview slow-video-stream --locale de")
    {
        kind.AcceptOnlyFromAmong([.. NoticeEvent.ToCustomers.Select(known => known.Text)]);
        Add(job);
        Add(locale);
        Add(kind);
        Add(html);
    }

    protected override int Show(Session session)
    {
        var notice = NoticePreview.Of(
            session.Settings, session.Get(job)!, session.Get(locale)!, session.Get(kind), session.Time.Now());
        session.Answer(notice, to =>
        {
            if (!session.Get(html)) to.Line($"Subject: {notice.Subject}\n");
            to.Line(session.Get(html) ? notice.Html : notice.Text);
        });
        return Failures.Done;
    }
}
