using FsCheck;
using FsCheck.Fluent;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>One mutation of bytes: its place, as a share of the whole, and its kind.</summary>
public sealed record Mutation(int Kind, double At, double Length, byte Byte)
{
    private static readonly byte[] Telling =
        [0, 7, 9, 10, 13, 27, 32, (byte)'"', (byte)',', (byte)'{', (byte)'}', (byte)'[', (byte)'\\', (byte)':', 0x7F,
            0x80, 0xBF, 0xC0, 0xED, 0xEF, 0xF4, 0xFF, (byte)'-', (byte)'9', (byte)'e'];

    private static readonly Gen<Mutation> One =
        from kind in Gen.Choose(0, 6)
        from at in Gen.Choose(0, 10_000)
        from length in Gen.Choose(0, 10_000)
        from any in Gen.Choose(0, 255)
        from telling in Gen.Elements(Telling)
        select new Mutation(kind, at / 10_000d, length / 10_000d, any % 3 == 0 ? (byte)any : telling);

    /// <summary>One to six of them; a failing list is made shorter as long as it fails.</summary>
    public static Arbitrary<Mutation[]> Some { get; } = Arb.From(
        from count in Gen.Choose(1, 6)
        from all in One.ArrayOf(count)
        select all,
        all => all.Select((_, i) => all.Where((_, j) => j != i).ToArray()).Where(fewer => fewer.Length > 0));

    public static byte[] Spoil(byte[] bytes, Mutation[] mutations) =>
        mutations.Aggregate(bytes, (spoilt, mutation) => mutation.Spoil(spoilt));

    // Bit flips, replaced bytes, cuts at the end and inside, splices, doubled pieces, insertions.
    private byte[] Spoil(byte[] bytes)
    {
        if (bytes.Length == 0) return [Byte];
        var at = Math.Min((int)(At * bytes.Length), bytes.Length - 1);
        var length = Math.Min((int)(Length * Math.Min(bytes.Length, 300)), bytes.Length - at);
        var (before, piece, after) = (bytes[..at], bytes[at..(at + length)], bytes[(at + length)..]);
        return Kind switch
        {
            0 => [.. before, (byte)(bytes[at] ^ (1 << (Byte & 7))), .. bytes[(at + 1)..]],
            1 => [.. before, Byte, .. bytes[(at + 1)..]],
            2 => before,
            3 => [.. before, .. after],
            4 => [.. after, .. before],
            5 => [.. before, .. piece, .. piece, .. after],
            _ => [.. before, Byte, .. bytes[at..]],
        };
    }
}
