using ProactiveCare.Notices.Delivery;
using ProactiveCare.Worker.Http.Api;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Pays and sends everything due now.</summary>
internal sealed class NoticesDeliver() : Verb(
    "deliver",
    "Pays and sends what is due now, without waiting for the worker. Where workers share a database it is one of "
    + "them that does it: type it on its machine.",
    "proactive-care notices deliver")
{
    protected override async Task<int> Do(Session session)
    {
        var (paid, sent) = await session.Do(Operations.DeliverNotices, new NoInput());
        session.Answer(new { paid, sent }, to =>
        {
            if (paid.Sent > 0) to.Line($"{Phrases.Count(paid.Sent, "refund")} handed to billing.");
            if (paid.Settled > 0) to.Line($"{Phrases.Count(paid.Settled, "credit")} settled.");
            if (paid.Failed > 0)
                to.Line($"{Phrases.Count(paid.Failed, "credit")} refused by a gateway, and still owed.");
            foreach (var trouble in paid.Troubles) to.Line(trouble);
            Tell(to, sent, NoticeSection.Way(session.Settings.Notices));
        });
        return sent.RelayTrouble is null && paid.Troubles.Count == 0 ? Failures.Done : Failures.No;
    }

    private static void Tell(Terminal to, DeliveryCounts counts, string way)
    {
        (string What, int Count)[] parts =
        [
            ("sent", counts.Sent), ("held for later", counts.Held), ("not to be sent", counts.Suppressed),
            ("to be tried again", counts.Retried), ("refused for good", counts.Bounced),
            ("of unknown outcome", counts.Uncertain),
        ];
        var told = parts.Where(part => part.Count > 0)
            .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Count:N0} {part.What}")).ToList();
        to.Line(told.Count == 0 ? "No mail is due." : $"{string.Join(", ", told)}; mail goes {way}.");
        if (counts.RelayTrouble is { } trouble)
            to.Line($"The mail relay is in trouble, and nothing more was offered to it: {trouble}");
    }
}
