using System.Net.Security;

namespace ProactiveCare.Notices;

/// <summary>
/// Hands mail to a relay over SMTP submission. One session stays open between mails; sends wait for each other.
/// </summary>
public sealed class SmtpTransport : IMailTransport
{
    private readonly SmtpConnection connection;
    private readonly SemaphoreSlim turn = new(1, 1);
    private SmtpSession? session;

    /// <summary>A transport to one relay; nothing is connected before the first mail.</summary>
    public SmtpTransport(SmtpSettings settings, TimeProvider time) : this(settings, SmtpTimeouts.Standard, time, null)
    {
    }

    internal SmtpTransport(
        SmtpSettings settings, SmtpTimeouts timeouts, TimeProvider time,
        RemoteCertificateValidationCallback? certificates) =>
        connection = new(settings, timeouts, time, certificates);

    /// <inheritdoc/>
    public async Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
    {
        var message = MimeMessage.Compose(mail);
        try
        {
            await turn.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return new(SendOutcome.NotSent, "Stopped before the mail was handed over.");
        }
        try
        {
            var result = await Offer(mail, message, cancellation);
            // A relay closes sessions that were idle; that is found out by the next mail, which was not sent at all.
            var again = result is { Outcome: SendOutcome.NotSent, RelayTrouble: true } && session is { WasStale: true };
            if (session is { IsUsable: false }) await Close();
            return again ? await Offer(mail, message, cancellation) : result;
        }
        finally
        {
            if (session is { IsUsable: false }) await Close();
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await turn.WaitAsync();
        await Close();
        turn.Dispose();
    }

    private async Task<SendResult> Offer(OutgoingMail mail, byte[] message, CancellationToken cancellation)
    {
        try
        {
            session ??= await connection.Open(cancellation);
        }
        catch (SmtpTrouble e)
        {
            return new(SendOutcome.NotSent, e.Message, RelayTrouble: true);
        }
        catch (OperationCanceledException)
        {
            return new(SendOutcome.NotSent, "Stopped before the mail was handed over.");
        }
        return await session.Send(mail, message, cancellation);
    }

    private async Task Close()
    {
        if (session is null) return;
        await session.DisposeAsync();
        session = null;
    }
}
