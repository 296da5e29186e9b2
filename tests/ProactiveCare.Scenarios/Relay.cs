using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Scenarios;

/// <summary>A mail server with a settable reply; without one it stores every mail in a folder.</summary>
internal sealed class Relay(MailFolder folder) : IMailTransport
{
    /// <summary>The reply to every mail; null to accept.</summary>
    public SendResult? Says { get; set; }

    public IEnumerable<KeptMail> Kept => folder.Kept;

    public IEnumerable<string> KeptIds => folder.KeptIds;

    public Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation) =>
        Says is { } answer ? Task.FromResult(answer) : folder.Send(mail, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
