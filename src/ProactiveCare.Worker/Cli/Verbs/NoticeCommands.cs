using System.CommandLine;
using System.Globalization;
using ProactiveCare.Audit;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Notices.Words;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static partial class NoticeCommands
{
    public static Command Group() => new("notices", "Shows the mail to customers and staff, and why any was not sent.")
    {
        List(), Show(), Preview(), Deliver(), Resolve(),
    };

    private static Verb List()
    {
        var state = StateOption.Of<NoticeState>();
        var customer = new Option<string?>("--customer")
        { HelpName = "ID", Description = "Only those of one customer." };
        var limit = new Option<int>("--limit")
        { HelpName = "COUNT", Description = "At most so many.", DefaultValueFactory = _ => 50 };
        var verb = new Verb("list", "Lists notices, the newest first.", "proactive-care notices list --state held")
        { state, customer, limit };
        return verb.Reads(session =>
        {
            var filter = new NoticeFilter(session.Get(state), session.Get(customer), null);
            var lines = session.Store.Read(db => NoticeList.Newest(db, filter, session.Get(limit)));
            session.Answer(lines, to =>
            {
                if (lines.Count == 0) to.Line("There is no such notice.");
                else to.Table(
                    [new("notice", Right: true), "state", "about", "to", "queued", "subject or reason"],
                    lines.Select(Row));
            });
            return Failures.Done;
        });
    }

    private static string?[] Row(NoticeLine line) =>
    [
        line.NoticeId.ToString(), line.State.Text, $"{line.Topic} {line.Event}", line.CustomerId ?? line.Recipient,
        line.QueuedAt.Iso(), line.Reason ?? line.Subject,
    ];

    private static Verb Show()
    {
        var number = new Argument<long>("NOTICE") { Description = "Its number, as 'notices list' shows it." };
        var verb = new Verb(
            "show", "Shows one notice: what it says, and what became of it.",
            "proactive-care notices show 17") { number };
        return verb.Reads(session =>
        {
            var id = new NoticeId(session.Get(number));
            var notice = session.Store.Read(db => NoticeList.Find(db, id))
                ?? throw new UsageException(
                    $"There is no notice {id}. 'proactive-care notices list' shows the newest.");
            session.Answer(notice, to => Tell(to, notice));
            return Failures.Done;
        });
    }

    private static void Tell(Terminal to, NoticeDetail notice)
    {
        to.Line($"Notice {notice.NoticeId}: {notice.State}{(notice.Reason is null ? "" : $" ({notice.Reason})")}");
        to.Line($"  about     {notice.Topic}, {notice.Event}, {notice.Urgency}");
        to.Line($"  to        {notice.Recipient ?? "the address that the customer has when it is sent"}");
        if (notice.CustomerId is not null)
            to.Line($"  customer  {notice.CustomerId}, case {notice.CaseId}, decision {notice.DecisionNumber}");
        to.Line($"  queued    {notice.QueuedAt.Iso()}");
        if (notice.NextAttemptAt is { } next) to.Line($"  next try  {next.Iso()}");
        if (notice.SentAt is { } sent) to.Line($"  sent      {sent.Iso()}");
        to.Line($"  id        {notice.MessageId}, {notice.Attempts} attempts");
        if (notice.RelayReply is not null) to.Line($"  relay     {notice.RelayReply}");
        if (notice.TextBody is null) return;
        to.Line();
        to.Line($"Subject: {notice.Subject}");
        to.Line();
        to.Line(notice.TextBody);
    }

    private static Verb Preview()
    {
        var job = new Argument<string>("JOB") { Description = "A job's id or the name of its folder." };
        var locale = new Option<string>("--locale")
        { HelpName = "LOCALE", Description = "The customer's.", DefaultValueFactory = _ => "en" };
        var kind = new Option<string?>("--event")
        { HelpName = "EVENT", Description = "What is reported (default: what the job does)." };
        kind.AcceptOnlyFromAmong([.. NoticeEvent.ToCustomers.Select(known => known.Text)]);
        var html = new Option<bool>("--html") { Description = "The HTML part instead of the text." };
        var verb = new Verb(
            "preview", "Shows what customers would read, from the job's folder, with made-up facts.",
            "proactive-care notices preview slow-video-stream --locale de")
        {
            job, locale, kind, html,
        };
        return verb.Reads(session =>
        {
            var notice = NoticePreview.Of(
                session.Settings, session.Get(job)!, session.Get(locale)!, session.Get(kind), session.Time.Now());
            session.Answer(notice, to =>
            {
                if (!session.Get(html)) to.Line($"Subject: {notice.Subject}\n");
                to.Line(session.Get(html) ? notice.Html : notice.Text);
            });
            return Failures.Done;
        });
    }

    private static Verb Deliver() => new Verb(
        "deliver",
        "Pays and sends what is due now, without waiting for the worker. Where workers share a database it is one of "
        + "them that does it: type it on its machine.",
        "proactive-care notices deliver")
        .Writes(Role.Operator, async session =>
        {
            // The settings here may name no relay and another folder for refunds, and what went there was sent.
            if (session.SharesWithWorkers && !session.Store.Installation.Simulated)
            {
                throw new UsageException(
                    $"No worker runs on the data folder {session.Settings.Data}, and in a database that workers share "
                    + "one of them pays and sends, with its settings. Start one (proactive-care run), or type this "
                    + "where one runs.");
            }
            var (paid, sent) = await session.Product.RunOnce(session.Cancellation);
            session.Answer(new { paid, sent }, to =>
            {
                if (paid.Sent > 0) to.Line($"{Phrases.Count(paid.Sent, "refund")} handed to billing.");
                if (paid.Settled > 0) to.Line($"{Phrases.Count(paid.Settled, "credit")} settled.");
                if (paid.Failed > 0) to.Line(
                    $"{Phrases.Count(paid.Failed, "credit")} refused by a gateway, and still owed.");
                foreach (var trouble in paid.Troubles) to.Line(trouble);
                Tell(to, sent, NoticeSection.Way(session.Settings.Notices));
            });
            return sent.RelayTrouble is null && paid.Troubles.Count == 0 ? Failures.Done : Failures.No;
        });

    private static void Tell(Terminal to, DeliveryCounts counts, string way)
    {
        (string What, int Count)[] parts =
        [
            ("sent", counts.Sent), ("held for later", counts.Held), ("not to be sent", counts.Suppressed),
            ("to be tried again", counts.Retried),
            ("refused for good", counts.Bounced), ("of unknown outcome", counts.Uncertain),
        ];
        var told = parts.Where(part => part.Count > 0)
            .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Count:N0} {part.What}")).ToList();
        to.Line(told.Count == 0 ? "No mail is due." : $"{string.Join(", ", told)}; mail goes {way}.");
        if (counts.RelayTrouble is { } trouble)
            to.Line($"The mail relay is in trouble, and nothing more was offered to it: {trouble}");
    }
}
