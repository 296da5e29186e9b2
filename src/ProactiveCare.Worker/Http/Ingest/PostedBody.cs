using System.Buffers;

namespace ProactiveCare.Worker.Http.Ingest;

/// <summary>One body, unpacked, complete in memory before any row is read: an aborted body stores nothing, and a slow
/// one blocks no thread.</summary>
internal sealed class PostedBody(BodyQuota room, string producer) : Stream
{
    private readonly List<byte[]> pieces = [];
    private long length;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    /// <exception cref="ProblemException">The body is too large, or the quota is used up.</exception>
    public async Task Fill(Stream from, long largest, CancellationToken stop)
    {
        while (true)
        {
            var used = (int)(length % BodyQuota.Piece);
            if (used == 0 && length == (long)pieces.Count * BodyQuota.Piece) Grow();
            var read = await from.ReadAsync(pieces[^1].AsMemory(used, BodyQuota.Piece - used), stop);
            if (read == 0) return;
            length += read;
            if (length > largest) throw ProblemException.TooLarge(largest);
        }
    }

    /// <summary>Removes bytes from the end, if the body ends with them.</summary>
    public bool TryCut(ReadOnlySpan<byte> end)
    {
        if (length < end.Length) return false;
        Span<byte> found = stackalloc byte[end.Length];
        Position = length - end.Length;
        ReadExactly(found);
        Position = 0;
        if (!found.SequenceEqual(end)) return false;
        length -= end.Length;
        return true;
    }

    public override int Read(Span<byte> buffer)
    {
        if (Position >= length) return 0;
        var from = (int)(Position % BodyQuota.Piece);
        var count = (int)Math.Min(Math.Min(buffer.Length, BodyQuota.Piece - from), length - Position);
        pieces[(int)(Position / BodyQuota.Piece)].AsSpan(from, count).CopyTo(buffer);
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Read(buffer.Span));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (pieces.Count > 0)
        {
            foreach (var piece in pieces) ArrayPool<byte>.Shared.Return(piece);
            room.Leave(producer, pieces.Count);
            pieces.Clear();
        }
        base.Dispose(disposing);
    }

    private void Grow()
    {
        if (!room.TryTake(producer)) throw ProblemException.NoRoom();
        pieces.Add(ArrayPool<byte>.Shared.Rent(BodyQuota.Piece));
    }
}
