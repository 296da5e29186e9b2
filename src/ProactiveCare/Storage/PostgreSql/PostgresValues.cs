using System.Numerics;
using Npgsql;
using NpgsqlTypes;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>The values of a PostgreSQL row, in the few types of a finding: whole numbers and flags as
/// <see cref="long"/>, an instant as its milliseconds, other numbers as <see cref="double"/>, everything else as the
/// server's text.</summary>
internal sealed class PostgresValues(NpgsqlDataReader reader)
{
    private const uint Flag = 16;
    private const uint Whole8 = 20;
    private const uint Whole2 = 21;
    private const uint Whole4 = 23;
    private const uint Double = 701;
    private const uint Moment = 1184;
    private const uint Single = 700;
    private const uint Numeric = 1700;

    private readonly uint[] kinds = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetDataTypeOID)];
    private readonly object?[] values = new object?[reader.FieldCount];
    private readonly char[] buffer = new char[ContainedQuery.LargestValue + 1];

    /// <summary>
    /// Whether a type is transferred as text: the driver need not know it, and no number is too long.
    /// </summary>
    public static bool IsText(uint kind) => kind is not (Flag or Whole8 or Whole2 or Whole4 or Double or Moment);

    /// <summary>The parameter type of a value.</summary>
    public static NpgsqlDbType TypeOf(object value) => value switch
    {
        string => NpgsqlDbType.Text,
        long => NpgsqlDbType.Bigint,
        double => NpgsqlDbType.Double,
        byte[] => NpgsqlDbType.Bytea,
        _ => throw new ArgumentException($"A {value.GetType().Name} is no value of a column.", nameof(value)),
    };

    /// <summary>The current row; the same list every time.</summary>
    public IReadOnlyList<object?> Read()
    {
        for (var i = 0; i < values.Length; i++) values[i] = reader.IsDBNull(i) ? null : Value(i);
        return values;
    }

    private object Value(int column) => kinds[column] switch
    {
        Flag => reader.GetBoolean(column) ? 1L : 0L,
        Whole8 => reader.GetInt64(column),
        Whole2 => (long)reader.GetInt16(column),
        Whole4 => (long)reader.GetInt32(column),
        Double => reader.GetDouble(column),
        Moment => Milliseconds(column),
        Single or Numeric => Number(Text(column)),
        _ => Text(column),
    };

    private long Milliseconds(int column)
    {
        try
        {
            return Instant.FromDateTimeUtc(reader.GetDateTime(column)).ToUnixTimeMilliseconds();
        }
        catch (InvalidCastException e)
        {
            throw new QueryException($"{reader.GetName(column)} holds an instant beyond the year 9999.", e);
        }
    }

    // A whole number within range is a long, whatever its decimals.
    private static object Number(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var isWhole = point < 0 || text.AsSpan(point + 1).TrimEnd('0').IsEmpty;
        return isWhole
            && BigInteger.TryParse(point < 0 ? text : text[..point], CultureInfo.InvariantCulture, out var whole)
            && whole >= long.MinValue && whole <= long.MaxValue
                ? (object)(long)whole
                : double.Parse(text, CultureInfo.InvariantCulture);
    }

    private string Text(int column)
    {
        using var value = reader.GetTextReader(column);
        var length = value.ReadBlock(buffer, 0, buffer.Length);
        return length <= ContainedQuery.LargestValue
            ? new string(buffer, 0, length)
            : throw new QueryException(
                $"{reader.GetName(column)} has a text of more than {ContainedQuery.LargestValue >> 10} KiB: too big.");
    }
}
