using System.Diagnostics.Metrics;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using ProactiveCare.Notices.Words;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices.Delivery;

/// <summary>The result of a step of delivery.</summary>
/// <param name="Sent">Accepted by the relay.</param>
/// <param name="Held">To be sent later, by the send policy.</param>
/// <param name="Suppressed">Not to be sent.</param>
/// <param name="Retried">Refused temporarily.</param>
/// <param name="Bounced">Refused permanently, or given up.</param>
/// <param name="Uncertain">Possibly accepted.</param>
/// <param name="RelayTrouble">The problem with the relay; null when none is known.</param>
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

/// <summary>Sends due notices over the transport's sessions. It can stop at any instruction: mails being sent become
/// uncertain, everything else is unchanged.</summary>
public sealed class NoticeDelivery(
    Store store, IMailTransport transport, NoticeRenderer renderer, TimeProvider time, Random random)
{
    private static readonly Counter<long> Notices = Instruments.Meter("Notices").CreateCounter<long>(
        "proactive_care.notices", "{notice}", "Notices whose state a step of delivery changed, by new state.");

    private readonly NoticeExchange outbox = new(store, renderer, time);
    private readonly RelayBreaker rest = new(time, random);

    /// <summary>Whether nothing is sent to customers.</summary>
    public bool StaffOnly
    {
        get => outbox.StaffOnly;
        set => outbox.StaffOnly = value;
    }

    /// <summary>Sends everything due now, until cancelled, or until the relay fails. When cancelled it starts no
    /// further mail and waits at most 20 s for the answers to mails being sent.</summary>
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

/// <summary>One step, from the outbox through the sessions and back. Sends run in parallel with one transaction; all
/// decisions run on one thread of control, which processes events one by one.</summary>
internal sealed class DeliveryRound(
    NoticeExchange outbox, IMailTransport transport, RelayBreaker rest, TimeProvider time, CancellationToken stop)
{
    // Mails claimed in advance. After a crash all claimed ones are uncertain, so they are few: as many as are sent
    // while a transaction stores results and claims the next.
    private const int Ahead = 16;

    private static readonly Histogram<double> Calls = Instruments.Meter("Notices").Duration(
        "proactive_care.mail.duration", "Time that the mail transport took for one mail, by outcome.");

    // The host allows 30 s for everything to stop.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(20);
    private static readonly Duration SweepEvery = Duration.FromMinutes(1);

    private readonly Channel<Action> happened = Channel.CreateUnbounded<Action>(
        new() { SingleReader = true, AllowSynchronousContinuations = true });
    private readonly Queue<Claim> ready = new();
    private readonly HashSet<Claim> sending = new(ReferenceEqualityComparer.Instance);
    private readonly int window = transport.Sessions + Ahead;
    private List<Ended> ended = [];
    private DeliveryCounts counts = new();
    private Exception? fault;
    private Instant? swept;
    private bool exchanging;
    private bool drained;
    private bool closing;
    private bool broken;

    public async Task<DeliveryCounts> Run()
    {
        await using var limit =
            time.CreateTimer(_ => Post(GiveUp), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var stopped = stop.UnsafeRegister(_ => Post(() =>
        {
            closing = true;
            limit.Change(Drain, Timeout.InfiniteTimeSpan);
        }), null);
        counts = counts with { RelayTrouble = rest.Trouble };
        closing = stop.IsCancellationRequested || counts.RelayTrouble is not null;
        while (StartNext())
        {
            (await happened.Reader.ReadAsync(CancellationToken.None))();
            while (happened.Reader.TryRead(out var more)) more();
        }
        outbox.Keep(ended);
        if (fault is not null) ExceptionDispatchInfo.Throw(fault);
        return counts;
    }

    private void Post(Action happening) => happened.Writer.TryWrite(happening);

    // Starts whatever can be started; false when nothing is running any more.
    private bool StartNext()
    {
        while (!closing && sending.Count < transport.Sessions && ready.TryDequeue(out var claim)) Begin(claim);
        while (closing && ready.TryDequeue(out var claim)) Return(claim, "Stopped before the mail was handed over.");
        if (!exchanging && !broken) Exchange();
        return exchanging || sending.Count > 0;
    }

    private void Exchange()
    {
        var room = window - ready.Count - sending.Count;
        var most = closing || room < Ahead / 2 ? 0 : room;
        // Results that end while others are stored share the next transaction.
        if (swept is null || most > 0 && !drained || ended.Count > 0) _ = Exchange(most);
    }

    private void Begin(Claim claim)
    {
        // After a long pause another node may have claimed it, or may before the relay has answered.
        if (claim.Mail!.NotAfter <= time.Now())
        {
            ended.Add(new(claim, SendResult.TooLate, Duration.Zero));
            return;
        }
        sending.Add(claim);
        _ = Carry(claim);
    }

    private void Return(Claim claim, string why) =>
        ended.Add(new(claim, new(SendOutcome.NotSent, why), Duration.Zero));

    private async Task Carry(Claim claim)
    {
        try
        {
            var began = time.GetTimestamp();
            var result = await transport.Send(claim.Mail!, stop);
            Calls.Record(
                time.GetElapsedTime(began).TotalSeconds,
                Instruments.Tag("outcome", result.Outcome.ToString().ToLowerInvariant()));
            Post(() => Answered(claim, result));
        }
        catch (Exception e)
        {
            // Its progress is unknown: it stays as it is until its lease ends.
            Post(() =>
            {
                sending.Remove(claim);
                Fail(e);
            });
        }
    }

    private void Answered(Claim claim, SendResult result)
    {
        if (!sending.Remove(claim)) return;
        if (result.RelayTrouble)
        {
            if (counts.RelayTrouble is null) rest.Begin(result.Reply);
            counts = counts with { RelayTrouble = result.Reply };
        }
        else if (result.Outcome != SendOutcome.NotSent && counts.RelayTrouble is null)
        {
            rest.End();
        }
        closing |= result.Outcome == SendOutcome.NotSent;
        var wait = result.Outcome == SendOutcome.NotSent ? Duration.Zero : rest.Wait(claim.Notice.Attempts + 1);
        ended.Add(new(claim, result, wait));
    }

    // The end of each mail is written; the others were cancelled.
    private void GiveUp()
    {
        foreach (var claim in sending.ToList())
            Answered(claim, new(SendOutcome.Uncertain, "The worker stopped before the relay had answered."));
    }

    private void Fail(Exception e)
    {
        fault ??= e;
        closing = true;
    }

    private async Task Exchange(int most)
    {
        exchanging = true;
        var now = time.Now();
        var sweeps = swept is not { } last || now - last >= SweepEvery;
        if (sweeps) swept = now;
        var alive = sweeps ? ready.Concat(sending).Select(claim => claim.Notice.NoticeId).ToHashSet() : null;
        var results = ended;
        ended = [];
        try
        {
            var exchanged = await outbox.Turn(results, most, alive);
            Post(() => Exchanged(exchanged, most));
        }
        catch (Exception e)
        {
            Post(() =>
            {
                (exchanging, broken) = (false, true);
                Fail(e);
            });
        }
    }

    private void Exchanged(Exchanged exchanged, int most)
    {
        exchanging = false;
        if (most > 0) drained = exchanged.Claims.Count < most;
        counts = counts with { Uncertain = counts.Uncertain + exchanged.Lost };
        foreach (var after in exchanged.Stored.Where(after => after.Counts)) counts = counts.With(after.State);
        foreach (var claim in exchanged.Claims)
        {
            if (claim.Mail is null) counts = counts.With(claim.State);
            else ready.Enqueue(claim);
        }
    }
}
