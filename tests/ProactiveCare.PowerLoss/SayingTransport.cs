using System.Security.Cryptography;
using ProactiveCare.Notices;

namespace ProactiveCare.PowerLoss;

/// <summary>
/// Marks each mail before it is handed over, and afterwards as accepted, with the hash of its file, or as not sent.
/// </summary>
internal sealed class SayingTransport(IMailTransport inner, string folder, Action<string> say) : IMailTransport
{
    public async Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
    {
        say("offer " + mail.MessageId);
        var result = await inner.Send(mail, cancellation);
        if (result.Outcome == SendOutcome.Accepted)
            say($"mail {mail.MessageId} {result.QueueId} {Hash(Path.Combine(folder, result.QueueId!))}");
        else if (result.Outcome == SendOutcome.NotSent) say("unsent " + mail.MessageId);
        return result;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    public static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
