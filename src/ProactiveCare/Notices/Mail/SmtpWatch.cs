using MailKit;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices.Mail;

/// <summary>Watches one session: limits each wait for the relay, lets the caller cancel until the last block of a mail
/// is handed over, and records whether it was. MailKit reports each write and read, and the bytes of the
/// mail.</summary>
internal sealed class SmtpWatch : IProtocolLogger, ITransferProgress
{
    // Far more than any legitimate reply.
    private const int MostReply = 32_768;

    // The limit for a reply that changes no outcome.
    private static readonly TimeSpan Parting = TimeSpan.FromSeconds(2);

    private readonly SmtpTimeouts timeouts;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource over = new();
    private readonly ITimer timer;
    private CancellationTokenRegistration stopping;
    private TimeSpan limit;
    private Instant? notAfter;
    private int replied;
    private bool? isOpen;
    private bool isBody;

    public SmtpWatch(SmtpTimeouts timeouts, TimeProvider time)
    {
        (this.timeouts, this.time) = (timeouts, time);
        timer = time.CreateTimer(
            source => ((CancellationTokenSource)source!).Cancel(), over,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancels the current operation; a cancelled session is unusable.</summary>
    public CancellationToken Token => over.Token;

    /// <summary>The last command written; <c>greeting</c> before the first.</summary>
    public string Command { get; private set; } = "greeting";

    /// <summary>Whether the end of the mail may have been written: from then on only a reply gives certainty.</summary>
    public bool IsHandedOver { get; private set; }

    /// <summary>Whether the mail was cancelled because its deadline had passed.</summary>
    public bool IsTooLate { get; private set; }

    /// <summary>
    /// Whether the relay had closed the session before this mail: no reply came, or 421 as the first.
    /// </summary>
    public bool FoundClosed => isOpen != true;

    /// <summary>The limit that was exceeded, in words.</summary>
    public string Overdue => $"The relay did not answer within {limit.TotalSeconds:0.###} s.";

    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>Starts a mail, or the session itself; the caller may cancel it.</summary>
    public void Begin(TimeSpan first, Instant? until, CancellationToken cancellation)
    {
        (IsHandedOver, IsTooLate, isBody) = (false, false, false);
        (notAfter, isOpen) = (until, null);
        Await(first);
        stopping = cancellation.UnsafeRegister(source => ((CancellationTokenSource)source!).Cancel(), over);
    }

    public void End()
    {
        stopping.Dispose();
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Aborts the current operation.</summary>
    public void Cut() => over.Cancel();

    public void LogConnect(Uri uri) => Await(timeouts.Command);

    public void LogClient(byte[] buffer, int offset, int count)
    {
        replied = 0;
        if (isBody)
        {
            Await(IsHandedOver ? timeouts.Final : timeouts.Block);
            if (IsHandedOver) CrashPoint.At("SmtpSession.Send:after the dot");
            return;
        }
        Command = Encoding.ASCII.GetString(buffer, offset, Math.Min(count, 8)).Split(' ', '\r')[0];
        Await(Command switch
        {
            "DATA" => timeouts.Data,
            "RSET" or "QUIT" => Parting,
            _ => timeouts.Command,
        });
    }

    public void LogServer(byte[] buffer, int offset, int count)
    {
        replied += count;
        if (replied > MostReply) throw new SmtpTrouble($"The relay sent a reply of more than {MostReply} bytes.");
        var reply = buffer.AsSpan(offset, count);
        isOpen ??= !reply.StartsWith("421"u8);
        isBody = false;
        if (Command == "STARTTLS")
        {
            // More data than the reply arrived before TLS; anybody on the network may have sent it.
            if (reply.IndexOf((byte)'\n') is var end && end >= 0 && end < count - 1)
                throw new SmtpTrouble("The relay sent more than its reply to STARTTLS.");
            Await(timeouts.Connect);
        }
        else if (Command == "DATA" && !IsHandedOver && reply[0] == '3')
        {
            isBody = true;
            CrashPoint.At("SmtpSession.Send:DATA accepted");
            Await(timeouts.Block);
        }
    }

    public void Report(long bytesTransferred, long totalSize)
    {
        if (bytesTransferred < totalSize || IsHandedOver) return;
        // From here on the caller cannot cancel: the mail may have been accepted.
        stopping.Dispose();
        over.Token.ThrowIfCancellationRequested();
        IsTooLate = notAfter <= time.Now();
        if (IsTooLate) throw new OperationCanceledException();
        CrashPoint.At("SmtpSession.Send:before the dot");
        IsHandedOver = true;
        Await(timeouts.Block);
    }

    public void Report(long bytesTransferred) => throw new NotSupportedException("The size is always known.");

    public void Dispose()
    {
        timer.Dispose();
        over.Dispose();
    }

    private void Await(TimeSpan most)
    {
        limit = most;
        timer.Change(most, Timeout.InfiniteTimeSpan);
    }
}
