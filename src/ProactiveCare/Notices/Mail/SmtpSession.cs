using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MimeKit;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices.Mail;

/// <summary>The relay or the connection failed; it counts against no mail.</summary>
internal sealed class SmtpTrouble(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>An open session with the relay, for one mail after another.</summary>
internal sealed class SmtpSession : IAsyncDisposable
{
    private readonly SmtpTimeouts timeouts;
    private readonly SmtpWatch watch;
    private readonly RelayClient client;
    private bool isUsed;
    private bool isBroken;

    private SmtpSession(SmtpTimeouts timeouts, TimeProvider time, RelayTrust trust)
    {
        this.timeouts = timeouts;
        watch = new(timeouts, time);
        client = new(watch, trust);
    }

    /// <summary>Whether another mail may be offered; false after any error that desynchronises the two sides.</summary>
    public bool IsUsable => !isBroken && client.IsConnected && !watch.Token.IsCancellationRequested;

    /// <summary>Whether the last send failed before any reply: an idle session that the relay had closed.</summary>
    public bool WasStale { get; private set; }

    /// <exception cref="SmtpTrouble">The relay cannot be reached, or refuses us.</exception>
    public static async Task<SmtpSession> Open(
        SmtpSettings settings, SmtpTimeouts timeouts, RelayTrust trust, TimeProvider time,
        CancellationToken cancellation)
    {
        CrashPoint.At("SmtpSession.Open:before");
        var session = new SmtpSession(timeouts, time, trust);
        try
        {
            await session.Open(settings, cancellation);
            return session;
        }
        catch
        {
            session.Close();
            throw;
        }
    }

    public async Task<SendResult> Send(OutgoingMail mail, MimeMessage message, CancellationToken cancellation)
    {
        if (MailComposer.NeedsUtf8(mail) && !client.TakesUtf8)
            return new(SendOutcome.RejectedFinal,
                $"'{mail.To.Address}' has letters before the @ that only SMTPUTF8 could carry, which the relay does "
                + "not offer.");
        watch.Begin(timeouts.Command, mail.NotAfter, cancellation);
        SendResult result;
        CrashPoint.At("SmtpSession.Send:before");
        try
        {
            var reply = await client.SendAsync(
                MailComposer.FormatOf(mail), message, Mailbox(mail.From), [Mailbox(mail.To)], watch.Token, watch);
            CrashPoint.At("SmtpSession.Send:replied");
            result = Answered(250, reply);
        }
        catch (SmtpCommandException e)
        {
            result = Answered((int)e.StatusCode, e.Message);
        }
        catch (ServiceNotAuthenticatedException e)
        {
            result = Answered(530, e.Message);
        }
        catch (MailTooLargeException e)
        {
            result = new(SendOutcome.RejectedFinal, e.Message);
        }
        catch (Exception e)
        {
            isBroken = true;
            result = Broken(e, cancellation);
        }
        finally
        {
            watch.End();
        }
        WasStale = isUsed && watch.FoundClosed;
        isUsed = true;
        return result;
    }

    /// <summary>Aborts the session; the sender sees a failure.</summary>
    public void Cut() => watch.Cut();

    public async ValueTask DisposeAsync()
    {
        if (IsUsable) await client.DisconnectAsync(quit: true, watch.Token);
        Close();
    }

    private async Task Open(SmtpSettings settings, CancellationToken cancellation)
    {
        watch.Begin(timeouts.Connect, null, cancellation);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(settings.Host, settings.Port, watch.Token);
            await client.Open(socket, settings, watch.Token);
        }
        catch (Exception e)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            if (e is SmtpTrouble) throw;
            throw new SmtpTrouble(
                watch.Token.IsCancellationRequested ? watch.Overdue : client.Explain(e, settings, watch.Command), e);
        }
        finally
        {
            watch.End();
        }
    }

    private void Close()
    {
        client.Dispose();
        watch.Dispose();
    }

    private SendResult Answered(int code, string text)
    {
        var reply = HarmlessText.OneLine($"{code} {text}");
        if (watch.IsHandedOver && code is >= 200 and < 300)
            return new(SendOutcome.Accepted, reply, QueueId: QueueId(reply));
        // 421: the relay is closing. 530, 535, 538: it requires another sign-in. Neither counts against the mail.
        var isRelays = !watch.IsHandedOver && code is < 400 or 421 or 530 or 535 or 538;
        isBroken |= isRelays || code is < 400 or 421;
        if (isRelays) return new(SendOutcome.NotSent, reply, RelayTrouble: true);
        if (code < 400) return new(SendOutcome.Uncertain, reply);
        return new(code < 500 ? SendOutcome.RejectedRetry : SendOutcome.RejectedFinal, reply);
    }

    private SendResult Broken(Exception e, CancellationToken cancellation)
    {
        if (watch.IsTooLate) return SendResult.TooLate;
        if (!watch.IsHandedOver && cancellation.IsCancellationRequested) return SendResult.Stopped;
        var words = watch.Token.IsCancellationRequested ? watch.Overdue : RelayClient.Broke(e);
        return watch.IsHandedOver
            ? new(SendOutcome.Uncertain, words)
            : new(SendOutcome.NotSent, words, RelayTrouble: true);
    }

    // For a relay with SMTPUTF8 MailKit writes an xn-- domain in UTF-8, even where the mail does not need it. It does
    // not know the capital form, which is the same name.
    private static MailboxAddress Mailbox(EmailAddress address) =>
        new("", address.Address.Replace("@xn--", "@XN--", StringComparison.Ordinal)
            .Replace(".xn--", ".XN--", StringComparison.Ordinal));

    private static string? QueueId(string reply)
    {
        const string mark = "queued as ";
        var at = reply.IndexOf(mark, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : reply[(at + mark.Length)..].Split(' ')[0];
    }
}
