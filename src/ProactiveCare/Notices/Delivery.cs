using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices;

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
    string? RelayTrouble = null);

/// <summary>
/// Sends what is due, one notice after another. It can stop at any instruction: what was under way becomes uncertain,
/// everything else is found as it was.
/// </summary>
public sealed class Delivery(
    Store store, IMailTransport transport, NoticeRenderer renderer, TimeProvider time, Random random)
{
    private Instant relayRestsUntil = Instant.MinValue;
    private int troubles;
    private string? trouble;

    /// <summary>Sends all that is due now, or until told to stop, or until the relay is in trouble.</summary>
    public async Task<DeliveryCounts> Step(CancellationToken cancellation)
    {
        var lost = await store.Write(db => NoticeResults.Sweep(db, renderer.Settings, time.Now()));
        var counts = new DeliveryCounts(Uncertain: lost);
        if (time.Now() < relayRestsUntil) return counts with { RelayTrouble = trouble };
        while (!cancellation.IsCancellationRequested
            && await store.Write(db => NoticeClaims.Next(db, renderer, time.Now())) is { } claim)
        {
            if (claim.Mail is null)
            {
                counts = Count(counts, claim.State);
                continue;
            }
            var result = await transport.Send(claim.Mail, cancellation);
            var after = await Record(claim, result);
            if (after.Counts) counts = Count(counts, after.State);
            if (result.RelayTrouble) return counts with { RelayTrouble = Rest(result.Reply) };
            if (result.Outcome == SendOutcome.NotSent) break;
            (troubles, trouble) = (0, null);
        }
        return counts;
    }

    private Task<Aftermath> Record(Claim claim, SendResult result)
    {
        var tried = new Tried(claim.Notice.Topic, claim.Notice.Attempts + 1, claim.Notice.State == "uncertain");
        var wait = result.Outcome == SendOutcome.NotSent
            ? Duration.Zero
            : Backoff.After(tried.Attempts, random.NextDouble());
        return store.Write(db =>
        {
            var now = time.Now();
            var after = NoticeResults.Decide(result, tried, renderer.Settings, now + wait);
            NoticeResults.Store(db, claim, result, after, now);
            return after;
        });
    }

    // The relay's trouble is no mail's fault: none is charged with it, and none is offered for a while.
    private string Rest(string reply)
    {
        troubles++;
        trouble = reply;
        relayRestsUntil = time.Now() + Backoff.After(troubles, random.NextDouble());
        return reply;
    }

    private static DeliveryCounts Count(DeliveryCounts counts, string state) => state switch
    {
        "sent" => counts with { Sent = counts.Sent + 1 },
        "held" => counts with { Held = counts.Held + 1 },
        "suppressed" => counts with { Suppressed = counts.Suppressed + 1 },
        "queued" => counts with { Retried = counts.Retried + 1 },
        "bounced" => counts with { Bounced = counts.Bounced + 1 },
        "uncertain" => counts with { Uncertain = counts.Uncertain + 1 },
        _ => counts,
    };
}
