using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ProactiveCare.Storage.Moving;

/// <summary>A table that moves from one database to another.</summary>
/// <param name="Name">The name in both.</param>
/// <param name="Columns">The columns in the file, in order.</param>
internal sealed record MovedTable(string Name, IReadOnlyList<MovedColumn> Columns)
{
    /// <summary>The columns as a list in SQL.</summary>
    public string List => string.Join(", ", Columns.Select(column => Quoted(column.Name)));

    /// <summary>The order of reading in both databases: by the key, texts byte by byte.</summary>
    public string Order
    {
        get
        {
            var keys = Columns.Where(column => column.Key > 0).OrderBy(column => column.Key).ToArray();
            return string.Join(", ", (keys.Length > 0 ? keys : Columns).Select(column => Quoted(column.Name)));
        }
    }

    public static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>A column of a table that moves.</summary>
/// <param name="Name">The name in both databases.</param>
/// <param name="Type">The type in a STRICT table: INTEGER, REAL, TEXT or BLOB.</param>
/// <param name="Key">The position in the table's key, from 1; 0 when it is not part of it.</param>
internal sealed record MovedColumn(string Name, string Type, long Key);

/// <summary>Receives the values of a table one by one, in the order of rows and columns.</summary>
internal interface IValues
{
    void Row();

    void Null();

    void Whole(long value);

    void Real(double value);

    /// <summary>A text as UTF-8.</summary>
    void Text(byte[] value);

    void Bytes(byte[] value);
}

/// <summary>The digest of a table's content: the same rows, values and types have the same digest.</summary>
internal sealed class TableDigest : IValues, IDisposable
{
    private const int Portion = 1 << 16;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> waiting = new(Portion * 2);

    public long Rows { get; private set; }

    public void Row()
    {
        Rows++;
        if (waiting.WrittenCount > Portion) Drain();
        Tag((byte)'r', 0);
    }

    public void Null() => Tag((byte)'n', 0);

    public void Whole(long value) => Tag((byte)'i', value);

    public void Real(double value) => Tag((byte)'f', BitConverter.DoubleToInt64Bits(value));

    public void Text(byte[] value)
    {
        Tag((byte)'t', value.Length);
        waiting.Write(value);
    }

    public void Bytes(byte[] value)
    {
        Tag((byte)'b', value.Length);
        waiting.Write(value);
    }

    public string Result()
    {
        Drain();
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose() => hash.Dispose();

    private void Tag(byte kind, long value)
    {
        var room = waiting.GetSpan(9);
        room[0] = kind;
        BinaryPrimitives.WriteInt64LittleEndian(room[1..], value);
        waiting.Advance(9);
    }

    private void Drain()
    {
        hash.AppendData(waiting.WrittenSpan);
        waiting.ResetWrittenCount();
    }
}
