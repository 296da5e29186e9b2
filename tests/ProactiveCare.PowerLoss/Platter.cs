namespace ProactiveCare.PowerLoss;

/// <summary>The random outcome of writes that no fsync has confirmed.</summary>
internal sealed class Luck(Keeps keeps, Random random)
{
    private readonly int sector = random.Next(2) == 0 ? 512 : 4096;

    public void Apply(Op op, Bytes to)
    {
        switch (op)
        {
            case Truncate truncate when Keep():
                to.Resize(truncate.Length);
                break;
            case Write write:
                Apply(write, to);
                break;
        }
    }

    private void Apply(Write write, Bytes to)
    {
        var dice = random.Next(4);
        if (keeps == Keeps.All || (keeps == Keeps.Some && dice < 2)) to.Put(write.Offset, write.Bytes);
        else if (keeps == Keeps.Some && dice == 2) Tear(write, to);
        // A file may have grown for a write that never came.
        else if (keeps == Keeps.Some && random.Next(4) == 0) to.Grow(write.Offset + write.Bytes.Length);
    }

    private void Tear(Write write, Bytes to)
    {
        for (var at = write.Offset; at < write.Offset + write.Bytes.Length;)
        {
            var next = Math.Min((at / sector + 1) * sector, write.Offset + write.Bytes.Length);
            if (random.Next(2) == 0)
                to.Put(at, write.Bytes.AsSpan((int)(at - write.Offset), (int)(next - at)));
            at = next;
        }
    }

    private bool Keep() => keeps == Keeps.All || (keeps == Keeps.Some && random.Next(2) == 0);
}

/// <summary>A file's content that grows.</summary>
internal sealed class Bytes
{
    private byte[] bytes = [];
    private int length;

    public Bytes Copy() => new() { bytes = bytes.AsSpan(0, length).ToArray(), length = length };

    public byte[] ToArray() => bytes.AsSpan(0, length).ToArray();

    public void Put(long offset, ReadOnlySpan<byte> content)
    {
        Grow(offset + content.Length);
        content.CopyTo(bytes.AsSpan((int)offset));
    }

    public void Grow(long size)
    {
        if (size > length) Resize(size);
    }

    public void Resize(long size)
    {
        if (size > bytes.Length) Array.Resize(ref bytes, (int)Math.Max(size, bytes.Length * 2L));
        if (size < length) bytes.AsSpan((int)size, length - (int)size).Clear();
        length = (int)size;
    }
}

/// <summary>One file: what is surely on the disk, and what was written since.</summary>
internal sealed class Platter
{
    private readonly Bytes durable = new();

    public List<Op> Pending { get; } = [];

    public void Sync()
    {
        var all = new Luck(Keeps.All, new Random(0));
        foreach (var op in Pending) all.Apply(op, durable);
        Pending.Clear();
    }

    public byte[] Lose(Luck luck)
    {
        if (Pending.Count == 0) return durable.ToArray();
        var left = durable.Copy();
        foreach (var op in Pending) luck.Apply(op, left);
        return left.ToArray();
    }
}
