using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Scenarios;

/// <summary>A mail server with moods: without an answer set, it takes every mail into a folder.</summary>
internal sealed class Relay(MailFolder folder) : IMailTransport
{
    /// <summary>What it says to every mail instead of taking it; null for its good mood.</summary>
    public SendResult? Says { get; set; }

    public Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation) =>
        Says is { } answer ? Task.FromResult(answer) : folder.Send(mail, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
