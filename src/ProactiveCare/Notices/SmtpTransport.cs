using System.Net.Security;

namespace ProactiveCare.Notices;

/// <summary>
/// Hands mail to a relay over SMTP submission, through a few sessions that stay open between mails. A send waits until
/// one of them is free. A relay that takes fewer of them than the settings say is given fewer for a while.
/// </summary>
public sealed class SmtpTransport : IMailTransport
{
    private static readonly SendResult Stopped = new(
        SendOutcome.NotSent, "Stopped before the mail was handed over.");

    private static readonly TimeSpan NarrowFor = TimeSpan.FromMinutes(10);

    private readonly TimeProvider time;
    private readonly SmtpConnection connection;
    private readonly SemaphoreSlim free;
    private readonly HashSet<SmtpSession> open = [];
    private readonly Stack<SmtpSession> idle = new();
    private int opening;
    private int withheld;
    private long narrowedAt;

    /// <summary>A transport to one relay; nothing is connected before the first mail.</summary>
    public SmtpTransport(SmtpSettings settings, TimeProvider time) : this(settings, SmtpTimeouts.Standard, time, null)
    {
    }

    internal SmtpTransport(
        SmtpSettings settings, SmtpTimeouts timeouts, TimeProvider time,
        RemoteCertificateValidationCallback? certificates)
    {
        this.time = time;
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
            SendResult? refused = null;
            while (true)
            {
                var (result, isFurther) = await Once(mail, refused, cancellation);
                if (!isFurther) return result;
                refused = result;
            }
        }
        catch (OperationCanceledException)
        {
            return Stopped;
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

    // A relay may take no further session beside those it has: then the mail waits for one of them, if any is left.
    private async Task<(SendResult Result, bool IsFurther)> Once(
        OutgoingMail mail, SendResult? refused, CancellationToken cancellation)
    {
        Widen();
        await free.WaitAsync(cancellation);
        var keeps = false;
        try
        {
            if (Idle() is { } used)
            {
                var result = await Through(used, mail, cancellation);
                // A relay closes sessions that were idle; that is found out by the next mail, which was not sent.
                var stale = result is { Outcome: SendOutcome.NotSent, RelayTrouble: true } && used.WasStale;
                if (!stale) return (result, false);
            }
            else if (refused is not null && HasNone())
            {
                return (refused, false);
            }
            return (await Through(await Opened(cancellation), mail, cancellation), false);
        }
        catch (SmtpTrouble e)
        {
            keeps = Narrow();
            return (new(SendOutcome.NotSent, e.Message, RelayTrouble: true), keeps);
        }
        finally
        {
            if (!keeps) free.Release();
        }
    }

    private bool HasNone()
    {
        lock (open) return open.Count == 0;
    }

    private bool Narrow()
    {
        lock (open)
        {
            if (open.Count + opening == 0 || withheld == Sessions - 1) return false;
            withheld++;
            narrowedAt = time.GetTimestamp();
            return true;
        }
    }

    private void Widen()
    {
        lock (open)
        {
            if (withheld == 0 || (open.Count + opening > 0 && time.GetElapsedTime(narrowedAt) < NarrowFor)) return;
            free.Release(withheld);
            withheld = 0;
        }
    }

    private SmtpSession? Idle()
    {
        lock (open) return idle.TryPop(out var session) ? session : null;
    }

    private async Task<SmtpSession> Opened(CancellationToken cancellation)
    {
        lock (open) opening++;
        SmtpSession? session = null;
        try
        {
            return session = await connection.Open(cancellation);
        }
        finally
        {
            lock (open)
            {
                opening--;
                if (session is not null) open.Add(session);
            }
        }
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
