using ProactiveCare.Notices;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists notices.</summary>
internal sealed class NoticesList : PlainVerb
{
    private readonly Option<NoticeState?> state = SharedOptions.OnlyState<NoticeState>();

    private readonly Option<string?> customer = SharedOptions.OnlyCustomer();

    private readonly Option<int> limit = new("--limit")
    { HelpName = "COUNT", Description = "At most so many.", DefaultValueFactory = _ => 50 };

    public NoticesList() : base(
        "list", "Lists notices, the newest first.", "proactive-care notices list --state held")
    {
        Add(state);
        Add(customer);
        Add(limit);
    }

    protected override int Show(Session session)
    {
        var filter = new NoticeFilter(session.Get(state), session.Get(customer), null);
        var lines = session.Read(db => NoticeList.Newest(db, filter, session.Get(limit)));
        session.Answer(lines, to =>
        {
            if (lines.Count == 0) to.Line("There is no such notice.");
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
