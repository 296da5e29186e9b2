using System.Diagnostics.Metrics;
using ProactiveCare.Notices.Words;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices.Delivery;

/// <summary>What a step of delivery came to.</summary>
/// <param name="Sent">Taken by the relay.</param>
/// <param name="Held">To be sent later, for a reason of manners.</param>
/// <param name="Suppressed">Not to be sent.</param>
/// <param name="Retried">Refused for now.</param>
/// <param name="Bounced">Refused for good, or given up.</param>
/// <param name="Uncertain">Perhaps taken.</param>
/// <param name="RelayTrouble">What is wrong with the relay; null when nothing is known to be.</param>
public sealed record DeliveryCounts(
    int Sent = 0, int Held = 0, int Suppressed = 0, int Retried = 0, int Bounced = 0, int Uncertain = 0,
    string? RelayTrouble = null)
{
    internal DeliveryCounts With(NoticeState state) =>
        state == NoticeState.Sent ? this with { Sent = Sent + 1 }
        : state == NoticeState.Held ? this with { Held = Held + 1 }
        : state == NoticeState.Suppressed ? this with { Suppressed = Suppressed + 1 }
        : state == NoticeState.Queued ? this with { Retried = Retried + 1 }
        : state == NoticeState.Bounced ? this with { Bounced = Bounced + 1 }
        : state == NoticeState.Uncertain ? this with { Uncertain = Uncertain + 1 }
        : this;
}

/// <summary>
/// Sends what is due, over as many sessions as the transport has. It can stop at any instruction: what was under way
/// becomes uncertain, everything else is found as it was.
/// </summary>
public sealed class NoticeDelivery(
    Store store, IMailTransport transport, NoticeRenderer renderer, TimeProvider time, Random random)
{
    private static readonly Counter<long> Notices = Instruments.Meter("Notices").CreateCounter<long>(
        "proactive_care.notices", "{notice}", "Notices whose state a step of delivery changed, by new state.");

    private readonly NoticeExchange outbox = new(store, renderer, time);
    private readonly RelayBreaker rest = new(time, random);

    /// <summary>
    /// Sends all that is due now, or until told to stop, or until the relay is in trouble. Told to stop, it begins
    /// nothing more and waits at most 20 s for the answers to mails that are out.
    /// </summary>
    public async Task<DeliveryCounts> RunOnce(CancellationToken cancellation)
    {
        var counts = await new DeliveryRound(outbox, transport, rest, time, cancellation).Run();
        foreach (var (state, count) in ((string, int)[])
            [("sent", counts.Sent), ("held", counts.Held), ("suppressed", counts.Suppressed),
                ("retried", counts.Retried),
            ("bounced", counts.Bounced), ("uncertain", counts.Uncertain)])
            Notices.Count(count, Instruments.Tag("state", state));
        return counts;
    }
}
