using System.Buffers;
using System.Globalization;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices;

/// <summary>An open session with the relay, which takes one mail after another.</summary>
internal sealed class SmtpSession(SmtpWire wire, SmtpTimeouts timeouts, bool pipelining, long maxSize, bool tellSize)
    : IAsyncDisposable
{
    // A mail longer than this goes out in two writes, so that one that is very long can be stopped before its end.
    private const int LastWrite = 16384;

    private readonly ArrayBufferWriter<byte> message = new(16384);

    /// <summary>Whether another mail may be offered; false after anything that leaves the two sides apart.</summary>
    public bool IsUsable { get; private set; } = true;

    /// <summary>Whether a mail has gone through this session before.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>
    /// Whether the last send failed before the relay said a word: an idle session that it had closed.
    /// </summary>
    public bool WasStale { get; private set; }

    public async Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
    {
        message.ResetWrittenCount();
        MimeMessage.Write(message, mail);
        var size = message.WrittenCount;
        if (maxSize > 0 && size > maxSize)
            return new(SendOutcome.RejectedFinal, $"The mail has {size} bytes; the relay takes at most {maxSize}.");
        WasStale = IsUsed;
        var rest = Body();
        CrashPoint.At("SmtpSession.Send:before");
        try
        {
            if (await Envelope(mail, size, cancellation) is { } refused)
            {
                if (IsUsable) await Reset(cancellation);
                return refused;
            }
            CrashPoint.At("SmtpSession.Send:DATA accepted");
            if (rest.Length > LastWrite) await wire.Write(rest[..^LastWrite], timeouts.Block, cancellation);
            cancellation.ThrowIfCancellationRequested();
            if (wire.IsPast(mail.NotAfter))
            {
                IsUsable = false;
                return SendResult.TooLate;
            }
        }
        catch (SmtpTrouble e)
        {
            IsUsable = false;
            return new(SendOutcome.NotSent, e.Message, RelayTrouble: true);
        }
        catch (OperationCanceledException)
        {
            IsUsable = false;
            return new(SendOutcome.NotSent, "Stopped before the mail was handed over.");
        }
        return await Finish(rest.Length > LastWrite ? rest[^LastWrite..] : rest);
    }

    /// <summary>Ends whatever is under way; whoever sends learns of it.</summary>
    public void Cut() => wire.Cut();

    public async ValueTask DisposeAsync()
    {
        if (IsUsable)
        {
            try
            {
                await wire.Write("QUIT\r\n", TimeSpan.FromSeconds(2), CancellationToken.None);
            }
            catch (SmtpTrouble)
            {
                // The relay has gone first.
            }
        }
        await wire.DisposeAsync();
    }

    // The mail as it goes over the wire, with the dot that ends it.
    private ReadOnlyMemory<byte> Body()
    {
        var stuffed = DotStuffing.Apply(message.WrittenMemory);
        if (!stuffed.Equals(message.WrittenMemory))
        {
            message.ResetWrittenCount();
            message.Write(stuffed.Span);
        }
        message.Write(".\r\n"u8);
        return message.WrittenMemory;
    }

    // From here on the mail may have been taken whatever happens, so nobody may cancel.
    private async Task<SendResult> Finish(ReadOnlyMemory<byte> last)
    {
        SmtpReply reply;
        try
        {
            CrashPoint.At("SmtpSession.Finish:before the dot");
            await wire.Write(last, timeouts.Block, CancellationToken.None);
            CrashPoint.At("SmtpSession.Finish:after the dot");
            reply = await wire.Read(timeouts.Final, CancellationToken.None);
            CrashPoint.At("SmtpSession.Finish:replied");
        }
        catch (SmtpTrouble e)
        {
            IsUsable = false;
            return new(SendOutcome.Uncertain, e.Message);
        }
        IsUsed = true;
        if (reply.Code == 421) IsUsable = false;
        if (reply.IsGood) return new(SendOutcome.Accepted, reply.ToString(), QueueId: QueueId(reply.ToString()));
        if (reply.Code >= 400) return Refusal(reply);
        IsUsable = false;
        return new(SendOutcome.Uncertain, reply.ToString());
    }

    private async Task<SendResult?> Envelope(OutgoingMail mail, int size, CancellationToken cancellation)
    {
        var sizeWord = tellSize ? string.Create(CultureInfo.InvariantCulture, $" SIZE={size}") : "";
        string[] commands =
            [$"MAIL FROM:<{mail.From.Address}>{sizeWord}\r\n", $"RCPT TO:<{mail.To.Address}>\r\n", "DATA\r\n"];
        if (pipelining) await wire.Write(string.Concat(commands), timeouts.Command, cancellation);
        SendResult? refused = null;
        for (var at = 0; at < commands.Length; at++)
        {
            if (!pipelining) await wire.Write(commands[at], timeouts.Command, cancellation);
            var isData = at == 2;
            var reply = await wire.Read(isData ? timeouts.Data : timeouts.Command, cancellation);
            WasStale &= reply.Code == 421;
            if (refused is not null)
            {
                // Only a mail could end a DATA that was accepted with nobody to send to; closing ends it too.
                if (isData && reply.Code == 354) IsUsable = false;
                continue;
            }
            if (isData ? reply.Code == 354 : reply.IsGood) continue;
            refused = Judge(reply, isSignIn: at == 0);
            if (!IsUsable || !pipelining) return refused;
        }
        return refused;
    }

    private SendResult Judge(SmtpReply reply, bool isSignIn)
    {
        // 421: the relay is closing. 530, 535, 538: it wants another sign-in. Neither is the mail's fault.
        var trouble = reply.Code == 421 || isSignIn && reply.Code is 530 or 535 or 538;
        if (trouble || reply.Code is < 400) IsUsable = false;
        return trouble || reply.Code < 400
            ? new(SendOutcome.NotSent, reply.ToString(), RelayTrouble: true)
            : Refusal(reply);
    }

    private static SendResult Refusal(SmtpReply reply) =>
        new(reply.IsTemporary ? SendOutcome.RejectedRetry : SendOutcome.RejectedFinal, reply.ToString());

    private async Task Reset(CancellationToken cancellation)
    {
        try
        {
            await wire.Write("RSET\r\n", timeouts.Command, cancellation);
            IsUsable = (await wire.Read(timeouts.Command, cancellation)).IsGood;
        }
        catch (Exception e) when (e is SmtpTrouble or OperationCanceledException)
        {
            IsUsable = false;
        }
    }

    private static string? QueueId(string reply)
    {
        const string mark = "queued as ";
        var at = reply.IndexOf(mark, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : reply[(at + mark.Length)..].Split(' ')[0];
    }
}
