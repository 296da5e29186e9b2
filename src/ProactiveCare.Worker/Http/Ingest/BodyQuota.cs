using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Http.Ingest;

/// <summary>The quota of memory for posted bodies, in pieces. Nobody waits for it: when it is used up the post is
/// refused, and the producer retries. One producer gets at most half, so that there is room for the others.</summary>
internal sealed class BodyQuota(IngestLimits limits)
{
    /// <summary>The size of a piece in bytes.</summary>
    public const int Piece = 16 << 10;

    private readonly Lock counting = new();
    private readonly Dictionary<string, long> held = new(StringComparer.Ordinal);
    private readonly long all = limits.Room / Piece;
    private long taken;

    /// <summary>The number of pieces in use.</summary>
    public long Taken => Interlocked.Read(ref taken);

    public bool TryTake(string producer)
    {
        lock (counting)
        {
            var own = held.GetValueOrDefault(producer);
            if (taken >= all || own > all / 2) return false;
            held[producer] = own + 1;
            taken++;
            return true;
        }
    }

    public void Leave(string producer, int pieces)
    {
        lock (counting)
        {
            taken -= pieces;
            held[producer] -= pieces;
            if (held[producer] == 0) held.Remove(producer);
        }
    }
}
