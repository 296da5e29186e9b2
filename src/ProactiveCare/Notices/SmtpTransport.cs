using System.Net.Security;

namespace ProactiveCare.Notices;

/// <summary>
/// Hands mail to a relay over SMTP submission, through a few sessions that stay open between mails. A send waits until
/// one of them is free.
/// </summary>
public sealed class SmtpTransport : IMailTransport
{
    private static readonly SendResult Stopped = new(
        SendOutcome.NotSent, "Stopped before the mail was handed over.");

    private readonly SmtpConnection connection;
    private readonly SemaphoreSlim free;
    private readonly HashSet<SmtpSession> open = [];
    private readonly Stack<SmtpSession> idle = new();

    /// <summary>A transport to one relay; nothing is connected before the first mail.</summary>
    public SmtpTransport(SmtpSettings settings, TimeProvider time) : this(settings, SmtpTimeouts.Standard, time, null)
    {
    }

    internal SmtpTransport(
        SmtpSettings settings, SmtpTimeouts timeouts, TimeProvider time,
        RemoteCertificateValidationCallback? certificates)
    {
        connection = new(settings, timeouts, time, certificates);
        Sessions = Math.Clamp(settings.Sessions, 1, 32);
        free = new(Sessions, Sessions);
    }

    /// <inheritdoc/>
    public int Sessions { get; }

    /// <inheritdoc/>
    public async Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
    {
        try
        {
            await free.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return Stopped;
        }
        try
        {
            if (Idle() is { } used)
            {
                var result = await Through(used, mail, cancellation);
                // A relay closes sessions that were idle; that is found out by the next mail, which was not sent.
                var stale = result is { Outcome: SendOutcome.NotSent, RelayTrouble: true } && used.WasStale;
                if (!stale) return result;
            }
            return await Through(await Opened(cancellation), mail, cancellation);
        }
        catch (SmtpTrouble e)
        {
            return new(SendOutcome.NotSent, e.Message, RelayTrouble: true);
        }
        catch (OperationCanceledException)
        {
            return Stopped;
        }
        finally
        {
            free.Release();
        }
    }

    /// <summary>Closes every session. One that is in use is cut off: nobody waits for it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        SmtpSession[] unused;
        lock (open)
        {
            unused = [.. idle];
            foreach (var session in open.Except(unused)) session.Cut();
            open.Clear();
            idle.Clear();
        }
        foreach (var session in unused) await session.DisposeAsync();
    }

    private SmtpSession? Idle()
    {
        lock (open) return idle.TryPop(out var session) ? session : null;
    }

    private async Task<SmtpSession> Opened(CancellationToken cancellation)
    {
        var session = await connection.Open(cancellation);
        lock (open) open.Add(session);
        return session;
    }

    private async Task<SendResult> Through(SmtpSession session, OutgoingMail mail, CancellationToken cancellation)
    {
        var result = await session.Send(mail, cancellation);
        lock (open)
        {
            if (session.IsUsable && open.Contains(session))
            {
                idle.Push(session);
                return result;
            }
            open.Remove(session);
        }
        await session.DisposeAsync();
        return result;
    }
}
