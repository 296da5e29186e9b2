using MimeKit;

namespace ProactiveCare.Notices.Mail;

/// <summary>Sends mail to a relay over SMTP submission, through a few sessions that stay open between mails. A send
/// waits for a free session. For a relay that accepts fewer sessions than configured, the number is reduced for a
/// while.</summary>
public sealed class SmtpTransport : IMailTransport
{
    private static readonly TimeSpan NarrowFor = TimeSpan.FromMinutes(10);

    private readonly SmtpSettings settings;
    private readonly SmtpTimeouts timeouts;
    private readonly MailComposer composer;
    private readonly TimeProvider time;
    private readonly RelayTrust trust;
    private readonly SemaphoreSlim free;
    private readonly HashSet<SmtpSession> open = [];
    private readonly Stack<SmtpSession> idle = new();
    private int opening;
    private int withheld;
    private long narrowedAt;

    /// <summary>A transport to one relay; nothing is connected before the first mail.</summary>
    /// <exception cref="FormatException">A file of the settings cannot be used; the message says why.</exception>
    public SmtpTransport(SmtpSettings settings, MailComposer composer, TimeProvider time)
        : this(settings, SmtpTimeouts.Standard, composer, time)
    {
    }

    internal SmtpTransport(SmtpSettings settings, SmtpTimeouts timeouts, MailComposer composer, TimeProvider time)
    {
        (this.settings, this.timeouts, this.composer, this.time) = (settings, timeouts, composer, time);
        trust = new(settings.CaFile);
        if (settings.TokenFile is { } file) SmtpSettings.ReadToken(file);
        Sessions = Math.Clamp(settings.Sessions, 1, 32);
        free = new(Sessions, Sessions);
    }

    /// <inheritdoc/>
    public int Sessions { get; }

    /// <inheritdoc/>
    public async Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
    {
        using var message = composer.Compose(mail);
        try
        {
            SendResult? refused = null;
            while (true)
            {
                var (result, isFurther) = await Once(mail, message, refused, cancellation);
                if (!isFurther) return result;
                refused = result;
            }
        }
        catch (OperationCanceledException)
        {
            return SendResult.Stopped;
        }
    }

    /// <summary>Closes every session. A session in use is aborted: nobody waits for it any more.</summary>
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
        await Task.WhenAll(unused.Select(session => session.DisposeAsync().AsTask()));
    }

    // A relay may accept no further session: then the mail waits for an open one, if any is left.
    private async Task<(SendResult Result, bool IsFurther)> Once(
        OutgoingMail mail, MimeMessage message, SendResult? refused, CancellationToken cancellation)
    {
        Widen();
        await free.WaitAsync(cancellation);
        var keeps = false;
        try
        {
            if (Idle() is { } used)
            {
                var result = await Through(used, mail, message, cancellation);
                // A relay closes idle sessions; the next mail detects it, and was not sent.
                var stale = result is { Outcome: SendOutcome.NotSent, RelayTrouble: true } && used.WasStale;
                if (!stale) return (result, false);
            }
            else if (refused is not null && HasNone())
            {
                return (refused, false);
            }
            return (await Through(await Opened(cancellation), mail, message, cancellation), false);
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
            return session = await SmtpSession.Open(settings, timeouts, trust, time, cancellation);
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

    private async Task<SendResult> Through(
        SmtpSession session, OutgoingMail mail, MimeMessage message, CancellationToken cancellation)
    {
        var result = await session.Send(mail, message, cancellation);
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
