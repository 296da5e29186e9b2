using ProactiveCare.Notices;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Shows one notice.</summary>
internal sealed class NoticesShow : PlainVerb
{
    private readonly Argument<long> number = new("NOTICE") { Description = "Its number, as 'notices list' shows it." };

    public NoticesShow() : base(
        "show", "Shows one notice: what it says, and what became of it.",
        "proactive-care notices show 17")
    {
        Add(number);
    }

    protected override int Show(Session session)
    {
        var id = new NoticeId(session.Get(number));
        var notice = session.Read(db => NoticeList.Find(db, id))
            ?? throw new RefusedException(
                $"There is no notice {id}. 'proactive-care notices list' shows the newest.", RefusalCode.NotFound);
        session.Answer(notice, to => Tell(to, notice, session.Zone));
        return Failures.Done;
    }

    private static void Tell(Terminal to, NoticeDetail notice, DateTimeZone zone)
    {
        to.Line($"Notice {notice.NoticeId}: {notice.State}{(notice.Reason is null ? "" : $" ({notice.Reason})")}");
        to.Line($"  about     {notice.Topic}, {notice.Event}, {notice.Urgency}");
        to.Line($"  to        {notice.Recipient ?? "the address that the customer has when it is sent"}");
        if (notice.CustomerId is not null)
            to.Line($"  customer  {notice.CustomerId}, case {notice.CaseId}, decision {notice.DecisionNumber}");
        to.Line($"  queued    {notice.QueuedAt.On(zone)}");
        if (notice.NextAttemptAt is { } next) to.Line($"  next try  {next.On(zone)}");
        if (notice.SentAt is { } sent) to.Line($"  sent      {sent.On(zone)}");
        to.Line($"  id        {notice.MessageId}, {Phrases.Count(notice.Attempts, "attempt")}");
        if (notice.RelayReply is not null) to.Line($"  relay     {notice.RelayReply}");
        if (notice.TextBody is null) return;
        to.Line();
        to.Line($"Subject: {notice.Subject}");
        to.Line();
        to.Line(notice.TextBody);
    }
}
