using System.Buffers.Binary;
using System.IO.Hashing;

namespace ProactiveCare.Telemetry;

/// <summary>The hash of a row's values: independent of the file's form (format, order of columns, 1 or 1.0). It
/// distinguishes a revision of a known id from a duplicate, so only collisions between two contents of one id
/// matter.</summary>
internal sealed class ContentHash
{
    private readonly XxHash128 hash = new();
    private byte[] buffer = new byte[1024];

    public byte[] Of(IReadOnlyList<object?> values)
    {
        Span<byte> eight = stackalloc byte[8];
        for (var i = 0; i < values.Count; i++)
        {
            switch (values[i])
            {
                case null:
                    hash.Append([0]);
                    break;
                case string text:
                    Append(text);
                    break;
                case long number:
                    BinaryPrimitives.WriteInt64LittleEndian(eight, number);
                    hash.Append([1]);
                    hash.Append(eight);
                    break;
                case double number:
                    BinaryPrimitives.WriteDoubleLittleEndian(eight, number);
                    hash.Append([2]);
                    hash.Append(eight);
                    break;
                default:
                    throw new ArgumentException($"Values of {values[i]!.GetType()} are not stored.", nameof(values));
            }
        }
        var result = new byte[16];
        hash.GetHashAndReset(result);
        return result;
    }

    private void Append(string text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length) + 5;
        if (buffer.Length < most) buffer = new byte[most];
        buffer[0] = 3;
        var length = Encoding.UTF8.GetBytes(text, buffer.AsSpan(5));
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(1), length);
        hash.Append(buffer.AsSpan(0, length + 5));
    }
}
