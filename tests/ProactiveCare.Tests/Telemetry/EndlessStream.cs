using System.Text;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>A beginning, one unit of text again and again for so many bytes, and an end.</summary>
internal sealed class EndlessStream(string begin, string unit, long length, string end) : ReadOnlyStream
{
    private readonly byte[] head = Encoding.UTF8.GetBytes(begin);
    private readonly byte[] body =
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 1 + (4096 / unit.Length))));
    private readonly byte[] tail = Encoding.UTF8.GetBytes(end);
    private long at;

    public override int Read(byte[] buffer, int offset, int count)
    {
        var (from, skip) = at < head.Length ? (head, at)
            : at - head.Length < length ? (body, (at - head.Length) % body.Length)
            : (tail, Math.Min(at - head.Length - length, tail.Length));
        var most = from == body ? Math.Min(body.Length - skip, head.Length + length - at) : from.Length - skip;
        var read = (int)Math.Min(count, most);
        Buffer.BlockCopy(from, (int)skip, buffer, offset, read);
        at += read;
        return read;
    }
}

/// <summary>Gives bytes in small pieces and breaks before the end, as a disk or a network does.</summary>
internal sealed class BreakingStream(byte[] bytes) : ReadOnlyStream
{
    private int at;

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (at > bytes.Length * 9 / 10) throw new IOException("Input/output error.");
        var read = Math.Min(Math.Min(count, 997), bytes.Length - at);
        Buffer.BlockCopy(bytes, at, buffer, offset, read);
        at += read;
        return read;
    }
}

/// <summary>The common part of read-only streams.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
