using System.Net;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using ProactiveCare.Notices;
using IMailTransport = ProactiveCare.Notices.IMailTransport;

namespace ProactiveCare.MailKit;

/// <summary>Hands mail to a relay through MailKit, with the outcomes that <see cref="SmtpTransport"/> has.</summary>
public sealed class MailKitTransport(SmtpSettings settings, SmtpTimeouts timeouts, TimeProvider time) : IMailTransport
{
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly DataWatch watch = new();
    private SmtpClient? client;

    /// <inheritdoc/>
    public async Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
    {
        // The caller may stop a send only while the mail is surely not out.
        using var clock = new CancellationTokenSource(timeouts.Command + timeouts.Block + timeouts.Final, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(clock.Token);
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
            watch.Begin();
            await using var stopping = cancellation.Register(() => { if (!watch.IsUnderWay) stop.Cancel(); });
            return await Try(mail, cancellation, stop.Token);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await turn.WaitAsync();
        if (client is { IsConnected: true })
        {
            using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
            await client.DisconnectAsync(quit: true, clock.Token);
        }
        client?.Dispose();
        turn.Dispose();
    }

    private async Task<SendResult> Try(OutgoingMail mail, CancellationToken cancellation, CancellationToken stop)
    {
        try
        {
            var open = await Connected(stop);
            using var bytes = new MemoryStream(mail.ToMime());
            using var message = await MimeKit.MimeMessage.LoadAsync(bytes, stop);
            var reply = await open.SendAsync(
                message, new MailboxAddress("", mail.From.Address), [new MailboxAddress("", mail.To.Address)], stop);
            return new(SendOutcome.Accepted, reply);
        }
        catch (SmtpCommandException e)
        {
            return Refusal(e);
        }
        catch (Exception e) when (watch.IsUnderWay
            && e is IOException or ProtocolException or TimeoutException or OperationCanceledException)
        {
            Drop();
            return new(SendOutcome.Uncertain, e.Message);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Drop();
            return new(SendOutcome.NotSent, "Stopped before the mail was handed over.");
        }
        catch (Exception e)
            when (e is IOException or ProtocolException or SocketException or TimeoutException
                or OperationCanceledException
            or AuthenticationException or SslHandshakeException or ServiceNotAuthenticatedException
            or ServiceNotConnectedException or NotSupportedException)
        {
            Drop();
            return new(SendOutcome.NotSent, e.Message, RelayTrouble: true);
        }
    }

    private SendResult Refusal(SmtpCommandException refusal)
    {
        var code = (int)refusal.StatusCode;
        var reply = $"{code} {refusal.Message}";
        // Until the mail is under way, 421 means that the relay is closing, and an unexpected code that it is not well.
        var isRelays = !watch.IsUnderWay
            && (code == 421 || refusal.ErrorCode == SmtpErrorCode.UnexpectedStatusCode && !IsOfMail(code));
        if (code == 421 || isRelays) Drop();
        if (isRelays) return new(SendOutcome.NotSent, reply, RelayTrouble: true);
        if (code < 400) return new(SendOutcome.Uncertain, reply);
        return new(code is >= 400 and < 500 ? SendOutcome.RejectedRetry : SendOutcome.RejectedFinal, reply);
    }

    // A refused DATA is of unexpected status to MailKit too, but it is an answer to this mail.
    private bool IsOfMail(int code) => client is { IsConnected: true } && code is >= 400 and < 600;

    private async Task<SmtpClient> Connected(CancellationToken stop)
    {
        if (client is { IsConnected: true })
        {
            try
            {
                await client.NoOpAsync(stop);
                return client;
            }
            catch (Exception e) when (e is IOException or ProtocolException or SmtpCommandException)
            {
                // A relay closes sessions that were idle; the next one is opened below.
            }
        }
        Drop();
        client = new SmtpClient(watch)
        {
            LocalDomain = settings.ClientName,
            Timeout = (int)timeouts.Final.TotalMilliseconds,
        };
        // Without NoDelay every mail waits 40 ms for an acknowledgement that the other side delays.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(settings.Host, settings.Port, stop);
            await client.ConnectAsync(socket, settings.Host, settings.Port, Security(), stop);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        if (settings.User is { } user) await SignIn(client, socket, user, stop);
        return client;
    }

    private async Task SignIn(SmtpClient open, Socket socket, string user, CancellationToken stop)
    {
        var isLoopback = socket.RemoteEndPoint is IPEndPoint { Address: var address }
            && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        if (!open.IsSecure && !isLoopback)
            throw new AuthenticationException(
                "A password is not sent without TLS: set the security of the relay to StartTls or Tls.");
        await open.AuthenticateAsync(user, settings.Password ?? "", stop);
    }

    private SecureSocketOptions Security() => settings.Security switch
    {
        SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
        SmtpSecurity.StartTls => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.None,
    };

    private void Drop()
    {
        client?.Dispose();
        client = null;
    }
}
