using ProactiveCare.Notices;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists notices.</summary>
internal sealed class NoticesList : PlainVerb
{
    private readonly Option<NoticeState?> state = SharedOptions.OnlyState<NoticeState>();

    private readonly ListOptions list = new("queued", 50);

    public NoticesList() : base(
        "list", "Lists notices, the newest first.",
        "proactive-care notices list --state held\nproactive-care notices list --since yesterday")
    {
        Add(state);
        list.AddTo(this);
    }

    protected override int Show(Session session)
    {
        var (job, customer, queued, most) = list.Of(session);
        var filter = new NoticeFilter(session.Get(state), customer, JobId: job) { Queued = queued };
        var lines = session.Read(db => NoticeList.Newest(db, filter, most));
        session.Answer(lines, to =>
        {
            if (lines.Count == 0) to.Line("There is no such notice. See all with: proactive-care notices list");
            else to.Table(
                [new("notice", Right: true), "state", "about", "to", "queued", "subject or reason"],
                lines.Select(line => Row(line, session.Zone)));
        });
        return Failures.Done;
    }

    private static string?[] Row(NoticeLine line, DateTimeZone zone) =>
    [
        line.NoticeId.ToString(), line.State.Text, $"{line.Topic} {line.Event}", line.CustomerId ?? line.Recipient,
        line.QueuedAt.On(zone), line.Reason ?? line.Subject,
    ];
}
