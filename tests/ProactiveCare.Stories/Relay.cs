using ProactiveCare.Notices;

namespace ProactiveCare.Stories;

/// <summary>The mail relay: it may refuse for now, or break the line before or after it has taken a mail.</summary>
internal sealed class Relay(IMailTransport outbox) : IMailTransport
{
    /// <summary>Each mail that it took, in order.</summary>
    public List<OutgoingMail> Taken { get; } = [];

    /// <summary>Message-IDs whose sender has heard that they were taken.</summary>
    public HashSet<string> Confirmed { get; } = [];

    /// <summary>Mails taken although their sender had heard that an earlier copy was.</summary>
    public List<string> Doubles { get; } = [];

    /// <summary>The outcomes of the next mails; then all are accepted.</summary>
    public Queue<SendOutcome> Next { get; set; } = new();

    public IEnumerable<KeptMail> Kept => outbox.Kept;

    public IEnumerable<string> KeptIds => outbox.KeptIds;

    public async Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
    {
        var outcome = Next.TryDequeue(out var wanted) ? wanted : SendOutcome.Accepted;
        if (outcome is SendOutcome.RejectedRetry or SendOutcome.RejectedFinal or SendOutcome.NotSent)
            return new SendResult(outcome, "not now");
        if (Confirmed.Contains(mail.MessageId)) Doubles.Add(mail.MessageId);
        Taken.Add(mail);
        var written = await outbox.Send(mail, cancellation);
        if (outcome == SendOutcome.Accepted) Confirmed.Add(mail.MessageId);
        return outcome == SendOutcome.Accepted ? written : new SendResult(outcome, "the line broke");
    }

    /// <summary>The worker died, or its database was restored: of the rest it does not know that they were
    /// taken.</summary>
    public void KnownAsSent(IEnumerable<string> ids) => Confirmed.IntersectWith(ids);

    public ValueTask DisposeAsync() => outbox.DisposeAsync();
}
