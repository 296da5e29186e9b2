using System.Globalization;
using System.Text;
using NodaTime;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Notices;

/// <summary>The relay or the way to it failed; no mail is to blame.</summary>
internal sealed class SmtpTrouble(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>One reply of the relay; its lines joined for people to read.</summary>
internal sealed record SmtpReply(int Code, IReadOnlyList<string> Lines)
{
    public bool IsGood => Code is >= 200 and < 300;

    public bool IsTemporary => Code is >= 400 and < 500;

    public override string ToString() => HarmlessText.OneLine($"{Code} {string.Join(' ', Lines)}");
}

/// <summary>
/// Bytes to and from the relay, each wait bounded, and no reply longer than a relay has reason to send.
/// </summary>
internal sealed class SmtpWire(Stream stream, TimeProvider time) : IAsyncDisposable
{
    private const int MaxLine = 2048;
    private const int MaxLines = 128;
    private readonly byte[] buffer = new byte[4096];
    private readonly Deadline deadline = new(time);
    private int start;
    private int end;

    /// <summary>Whether the relay has said more than was asked for.</summary>
    public bool HasUnread => start < end;

    public Stream Stream => stream;

    public bool IsPast(Instant? moment) => moment <= time.Now();

    public Task Write(string text, TimeSpan limit, CancellationToken cancellation) =>
        Write(Encoding.ASCII.GetBytes(text), limit, cancellation);

    public async Task Write(ReadOnlyMemory<byte> bytes, TimeSpan limit, CancellationToken cancellation)
    {
        using var wait = deadline.Begin(limit, cancellation);
        try
        {
            await stream.WriteAsync(bytes, wait.Token);
            await stream.FlushAsync(wait.Token);
        }
        catch (Exception e) when (IsTrouble(e, cancellation))
        {
            throw Trouble(e, "writing to it", limit);
        }
    }

    /// <summary>Reads one whole reply.</summary>
    public Task<SmtpReply> Read(TimeSpan limit, CancellationToken cancellation) =>
        Bounded("waiting for its reply", limit, ReadReply, cancellation);

    /// <summary>Runs one step against the clock; every fault of the network becomes the relay's trouble.</summary>
    public async Task<T> Bounded<T>(
        string doing, TimeSpan limit, Func<CancellationToken, Task<T>> step, CancellationToken cancellation)
    {
        using var wait = deadline.Begin(limit, cancellation);
        try
        {
            return await step(wait.Token);
        }
        catch (Exception e) when (IsTrouble(e, cancellation))
        {
            throw Trouble(e, doing, limit);
        }
    }

    /// <summary>Ends whatever is under way.</summary>
    public void Cut() => deadline.Cut();

    public ValueTask DisposeAsync()
    {
        deadline.Dispose();
        return stream.DisposeAsync();
    }

    private static bool IsTrouble(Exception e, CancellationToken cancellation) =>
        e is IOException || e is OperationCanceledException && !cancellation.IsCancellationRequested;

    private static SmtpTrouble Trouble(Exception e, string doing, TimeSpan limit) => e is IOException
        ? new($"The connection to the relay broke while {doing}: {e.Message}", e)
        : new($"The relay did not answer within {limit.TotalSeconds:0.###} s while {doing}.", e);

    private async Task<SmtpReply> ReadReply(CancellationToken token)
    {
        var lines = new List<string>();
        var code = 0;
        while (true)
        {
            var line = await ReadLine(token);
            if (Code(line) is not { } each || lines.Count > 0 && each != code)
                throw new SmtpTrouble($"The relay does not speak SMTP: it said '{HarmlessText.OneLine(line)}'.");
            code = each;
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] == ' ') return new(code, lines);
            if (lines.Count == MaxLines)
                throw new SmtpTrouble($"The relay sent a reply of more than {MaxLines} lines.");
        }
    }

    // Three digits, alone or before a space or, where more lines follow, a hyphen.
    private static int? Code(string line) =>
        line.Length >= 3
            && int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
        && code is >= 200 and <= 599 && (line.Length == 3 || line[3] is ' ' or '-')
            ? code
            : null;

    private async ValueTask<string> ReadLine(CancellationToken token)
    {
        StringBuilder? begun = null;
        while (true)
        {
            if (start == end)
            {
                start = 0;
                end = await stream.ReadAsync(buffer, token);
                if (end == 0) throw new SmtpTrouble("The relay closed the connection.");
            }
            var newline = Array.IndexOf(buffer, (byte)'\n', start, end - start);
            var part = Encoding.UTF8.GetString(buffer, start, (newline < 0 ? end : newline) - start);
            start = newline < 0 ? end : newline + 1;
            if ((begun?.Length ?? 0) + part.Length > MaxLine)
                throw new SmtpTrouble($"The relay sent a line of more than {MaxLine} characters.");
            if (newline >= 0) return (begun is null ? part : begun.Append(part).ToString()).TrimEnd('\r');
            (begun ??= new()).Append(part);
        }
    }
}
