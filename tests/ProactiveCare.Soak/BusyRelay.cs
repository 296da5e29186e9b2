using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Soak;

/// <summary>
/// A busy mail server: it accepts nearly every mail, refuses some temporarily and a few permanently, and sometimes
/// the line breaks before its answer. It keeps nothing but counts.
/// </summary>
internal sealed class BusyRelay(Random random) : IMailTransport
{
    public long Offered { get; private set; }

    public long Taken { get; private set; }

    public Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
    {
        Offered++;
        var outcome = new MailComposer().ToBytes(mail).Length > 0 ? Next() : SendOutcome.RejectedFinal;
        if (outcome is SendOutcome.Accepted or SendOutcome.Uncertain) Taken++;
        return Task.FromResult(new SendResult(outcome, outcome.ToString()));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SendOutcome Next() => random.Next(1000) switch
    {
        < 10 => SendOutcome.RejectedRetry,
        < 12 => SendOutcome.RejectedFinal,
        < 15 => SendOutcome.Uncertain,
        _ => SendOutcome.Accepted,
    };
}
