using System.Text;
using MailKit;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices.Mail;

/// <summary>
/// Watches one session: bounds each wait for the relay, lets the caller cancel until the last block of a mail is handed
/// over, and knows whether it was. MailKit tells of each write and read, and of the bytes of the mail.
/// </summary>
internal sealed class SmtpWatch : IProtocolLogger, ITransferProgress
{
    // Far more than any relay has reason to say at once.
    private const int MostReply = 32_768;

    // A reply that changes no outcome.
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

    /// <summary>Ends what is under way; cancelled, the session is of no use any more.</summary>
    public CancellationToken Token => over.Token;

    /// <summary>The command that was written last; <c>greeting</c> before the first.</summary>
    public string Command { get; private set; } = "greeting";

    /// <summary>Whether the end of the mail may have been written: from here on only a reply gives certainty.</summary>
    public bool IsHandedOver { get; private set; }

    /// <summary>Whether the mail was stopped because its time had passed.</summary>
    public bool IsTooLate { get; private set; }

    /// <summary>
    /// Whether the relay had closed the session before this mail: no reply came, or 421 as the first.
    /// </summary>
    public bool FoundClosed => isOpen != true;

    /// <summary>The limit that was exceeded, in words.</summary>
    public string Overdue => $"The relay did not answer within {limit.TotalSeconds:0.###} s.";

    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>A mail begins, or the session itself; the caller may cancel it.</summary>
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

    /// <summary>Ends whatever is under way.</summary>
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
            // More than the reply was said before TLS, by anybody on the way.
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
        // Nothing of what follows is cancelled by the caller: the mail may have been taken whatever happens.
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
