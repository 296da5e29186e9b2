using System.IO.Compression;

namespace ProactiveCare.Worker.Http.Ingest;

/// <summary>A gzip stream with one more member appended. .NET treats a truncated gzip stream as a complete one; the
/// mark in the last member is found only when everything before it was complete.</summary>
internal sealed class WholeGzip(Stream packed) : Stream
{
    private static readonly byte[] Last = Packed(Mark);

    private int told;
    private bool ended;

    /// <summary>The end of the unpacked bytes of a complete stream.</summary>
    public static ReadOnlySpan<byte> Mark => "\0gzip is whole here\0"u8;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!ended && await packed.ReadAsync(buffer, cancellationToken) is > 0 and var read) return read;
        ended = true;
        var count = Math.Min(buffer.Length, Last.Length - told);
        Last.AsSpan(told, count).CopyTo(buffer.Span);
        told += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    private static byte[] Packed(ReadOnlySpan<byte> plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress)) gzip.Write(plain);
        return packed.ToArray();
    }
}
