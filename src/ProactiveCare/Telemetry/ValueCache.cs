using System.IO.Hashing;

namespace ProactiveCare.Telemetry;

/// <summary>
/// Reads the fields of one column and hands out the same value again where it has seen the same text: most columns
/// hold few values, and what is not made anew need be neither collected nor bound anew.
/// </summary>
internal sealed class ValueCache(Column column, FieldParsers reading)
{
    private const int Slots = 1024;
    private const int Longest = 64;
    private const int Trial = 4 * Slots;

    private (byte[]? Field, object? Value)[]? seen;
    private int reads;
    private int hits;

    public object? Read(ReadOnlySpan<byte> field)
    {
        // Small files are not worth it, and a column of ids never repeats.
        if (reads < Trial) reads++;
        if (field.Length > Longest || reads < Slots || (reads == Trial && hits < Trial / 4))
            return column.Read(field, reading);
        seen ??= new (byte[]?, object?)[Slots];
        ref var slot = ref seen[XxHash3.HashToUInt64(field) % Slots];
        if (slot.Field is { } known && field.SequenceEqual(known))
        {
            if (reads < Trial) hits++;
            return slot.Value;
        }
        slot = (field.ToArray(), column.Read(field, reading));
        return slot.Value;
    }
}
