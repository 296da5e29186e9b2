using System.Data.Common;
using System.Text;
using NodaTime;
using ProactiveCare.Customers;

namespace ProactiveCare.Telemetry;

/// <summary>Reads one field that is not empty: the value to store, or <see cref="FieldError"/>.</summary>
internal delegate object? ReadField(ReadOnlySpan<byte> field, FieldParsers reading);

/// <summary>What is wrong with a value, to follow the column's name.</summary>
internal sealed record FieldError(string Reason);

/// <summary>A column of a file.</summary>
/// <param name="Name">As the file names it.</param>
/// <param name="Read">Reads its fields that are not empty.</param>
/// <param name="Required">Whether the file must have it and every row must fill it.</param>
/// <param name="Stored">As the table names it.</param>
internal sealed record Column(string Name, ReadField Read, bool Required, string Stored)
{
    /// <summary>Whether it holds any JSON value, not a plain one.</summary>
    public bool Json { get; init; }
}

/// <summary>Stores the rows of one batch within its transaction.</summary>
internal interface IRowWriter : IDisposable
{
    /// <summary>Stores the good rows, counts all of them and names the bad ones in the order of the file.</summary>
    void Write(IReadOnlyList<ParsedRow> rows, Tally tally);
}

/// <summary>Stores one row after the other.</summary>
internal abstract class RowByRow : IRowWriter
{
    public virtual void Write(IReadOnlyList<ParsedRow> rows, Tally tally)
    {
        foreach (var row in rows)
        {
            var receipt = row.Reason is null ? Write(row) : new Receipt(Reception.Refused, row.Reason);
            tally.Count(receipt, row.Line, row.Content);
        }
    }

    public abstract void Dispose();

    protected abstract Receipt Write(ParsedRow row);
}

/// <summary>A kind of file: what its rows hold, what is checked across fields, and how they are stored.</summary>
internal sealed class Kind(string name, string table, IReadOnlyList<Column> columns)
{
    public string Name { get; } = name;

    public string Table { get; } = table;

    /// <summary>The first column is the id.</summary>
    public IReadOnlyList<Column> Columns { get; } = columns;

    public IReadOnlyList<byte[]> Names { get; } = [.. columns.Select(c => Encoding.UTF8.GetBytes(c.Name))];

    /// <summary>Looks across the fields, and may finish values that need another; says what is wrong.</summary>
    public Func<object?[], string?> Check { get; init; } = _ => null;

    /// <summary>Whether rows are telemetry: keyed by source and id, and numbered as they arrive.</summary>
    public bool Numbered { get; init; }

    /// <summary>How so many rows are stored when the kind has rules of its own.</summary>
    public Func<DbConnection, Instant, int, IRowWriter>? Writer { get; init; }

    public int Place(string column)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i].Name == column) return i;
        }
        throw new ArgumentException($"{Name} has no column {column}.", nameof(column));
    }
}

/// <summary>A row as it goes from reading to storing; a bad one has a reason instead of values.</summary>
internal readonly record struct ParsedRow(long Line, object?[] Values, byte[] Hash, string? Reason, string Content);
