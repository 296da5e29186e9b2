using System.Text;

namespace ProactiveCare.Worker.Http.Control;

/// <summary>
/// Sends whole frames, from whichever thread; a peer that has gone is noticed once, and then nothing is sent.
/// </summary>
internal sealed class FrameSender(Stream stream, Action gone)
{
    private readonly Lock sending = new();
    private bool lost;

    public void Send(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        lock (sending)
        {
            if (lost) return;
            try
            {
                for (var from = 0; from == 0 || from < payload.Length; from += Frame.Largest)
                    stream.Write(
                        Frame.Bytes(kind, payload.Slice(from, Math.Min(Frame.Largest, payload.Length - from))));
                return;
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                lost = true;
            }
        }
        gone();
    }
}

/// <summary>A writer whose text becomes frames.</summary>
internal sealed class FrameWriter(FrameSender sender, FrameKind kind) : TextWriter
{
    private const int Enough = 8 * 1024;

    private readonly StringBuilder waiting = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Add(waiting.Append(value));

    public override void Write(string? value) => Add(waiting.Append(value));

    public override void Write(char[] buffer, int index, int count) => Add(waiting.Append(buffer, index, count));

    public override void Flush()
    {
        if (waiting.Length == 0) return;
        var text = waiting.ToString();
        waiting.Clear();
        sender.Send(kind, Encoding.UTF8.GetBytes(text));
    }

    // A line at a time keeps out and error in the order in which they were written.
    private void Add(StringBuilder text)
    {
        if (text.Length >= Enough || (text.Length > 0 && text[^1] == '\n')) Flush();
    }
}
