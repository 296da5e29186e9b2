using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>A statement on PostgreSQL, which Npgsql prepares on its repeated execution.</summary>
internal sealed partial class PostgresStatement : Statement
{
    private static readonly ConcurrentDictionary<string, string> Texts = new(StringComparer.Ordinal);

    private readonly NpgsqlCommand command;
    private readonly NpgsqlParameter[] parameters;
    private readonly string sql;
    private NpgsqlCommand? overArrays;

    public PostgresStatement(PostgresConnection db, string sql)
    {
        this.sql = sql;
        command = db.Inner.CreateCommand();
        command.CommandText = Texts.GetOrAdd(sql, text => Parameter().Replace(text, "$$${number}"));
        var count = Parameter().Matches(sql)
            .Select(match => int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture))
            .DefaultIfEmpty(0).Max();
        parameters = [.. Enumerable.Range(0, count).Select(_ => new NpgsqlParameter { Value = DBNull.Value })];
        command.Parameters.AddRange(parameters);
    }

    protected override bool IsInsert => sql.StartsWith("INSERT", StringComparison.Ordinal);

    private bool IsSelect => sql.StartsWith("SELECT", StringComparison.Ordinal);

    public override void Bind(int index, object? value)
    {
        var parameter = parameters[index - 1];
        // A parameter keeps its type, so that the statement is prepared once for null and value.
        if (value is not null) parameter.NpgsqlDbType = PostgresValues.TypeOf(value);
        parameter.Value = value ?? DBNull.Value;
    }

    public override void Bind(ReadOnlySpan<Value> values)
    {
        RequireCount(values.Length);
        for (var i = 0; i < values.Length; i++)
            Bind(i + 1, values[i].IsNull ? null : values[i].Text ?? (object)values[i].Number);
    }

    public override int Execute() => Math.Max(0, command.ExecuteNonQuery());

    public override void Read<T>(Func<Row, T> read, ICollection<T> rows, int most)
    {
        using var reader = command.ExecuteReader();
        while (rows.Count < most && reader.Read()) rows.Add(read(new Row(reader)));
    }

    public override T? First<T>(Func<Row, T> read) where T : default
    {
        using var reader = command.ExecuteReader();
        return reader.Read() ? read(new Row(reader)) : default;
    }

    public override List<T> ForAll<T>(IReadOnlyList<T> items, Func<T, Value[]> values)
    {
        if (items.Count == 1) return base.ForAll(items, values);
        var left = items.Select(item => (Item: item, Values: values(item))).ToList();
        while (true)
        {
            var changed = new bool[left.Count];
            using (var reader = ExecuteOverArrays(left.ConvertAll(one => one.Values)))
                while (reader.Read()) changed[Ordinal(reader)] = true;
            if (IsInsert) return [];
            var before = left.Count;
            left = [.. left.Where((_, i) => !changed[i])];
            // Of several items that match one row an execution applies only one.
            if (left.Count == 0 || left.Count == before) return left.ConvertAll(one => one.Item);
        }
    }

    public override TRow[][] ForAll<T, TRow>(
        IReadOnlyList<T> items, Func<T, Value[]?> values, Func<Row, TRow> read)
    {
        if (items.Count == 1) return base.ForAll(items, values, read);
        var asked = items.Select((item, i) => (Index: i, Values: values(item))).Where(one => one.Values is not null)
            .ToList();
        var rows = new List<TRow>?[items.Count];
        if (asked.Count > 0)
        {
            using var reader = ExecuteOverArrays(asked.ConvertAll(one => one.Values!));
            while (reader.Read()) (rows[asked[Ordinal(reader)].Index] ??= []).Add(read(new Row(reader)));
        }
        return Array.ConvertAll(rows, some => some?.ToArray() ?? []);
    }

    public override void Dispose()
    {
        overArrays?.Dispose();
        command.Dispose();
    }

    private static int Ordinal(NpgsqlDataReader reader) => (int)reader.GetInt64(reader.FieldCount - 1) - 1;

    private NpgsqlDataReader ExecuteOverArrays(List<Value[]> rows)
    {
        foreach (var row in rows) RequireCount(row.Length);
        overArrays ??= OverArrays();
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = overArrays.Parameters[i];
            parameter.Value = parameter.NpgsqlDbType == (NpgsqlDbType.Array | NpgsqlDbType.Text)
                ? rows.ConvertAll(row => row[i].Text)
                : rows.ConvertAll(row => row[i].IsNull ? (long?)null : row[i].Number);
        }
        return overArrays.ExecuteReader();
    }

    // The statement over arrays that does for all items what this one does for one.
    private NpgsqlCommand OverArrays()
    {
        var types = Types();
        var arrays = types.Select((type, i) => $"${i + 1}::{(type == NpgsqlDbType.Text ? "text" : "bigint")}[]");
        var columns = types.Select((_, i) => $"v{i + 1}");
        var source = $"unnest({string.Join(", ", arrays)}) WITH ORDINALITY AS item({string.Join(", ", columns)}, i)";
        var one = Parameter().Replace(sql, "item.v${number}");
        var many = command.Connection!.CreateCommand();
        many.CommandText = IsSelect ? $"SELECT q.*, item.i FROM {source} CROSS JOIN LATERAL ({one}) AS q"
            : IsInsert ? OneRow().Replace(one, row => $"SELECT {row.Groups["row"]} FROM {source} ORDER BY item.i")
            : $"{Where().Replace(one, $"FROM {source} WHERE", 1)} RETURNING item.i";
        foreach (var type in types) many.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Array | type });
        return many;
    }

    // The types come from the server: a value that is null for all items has no type.
    private NpgsqlDbType[] Types()
    {
        using var asked = command.Connection!.CreateCommand();
        asked.CommandText = Parameter().Replace(sql, "@p${number}");
        NpgsqlCommandBuilder.DeriveParameters(asked);
        var types = parameters.Select((_, i) => asked.Parameters[$"p{i + 1}"].NpgsqlDbType).ToArray();
        return types.Length > 0 && types.All(type => type is NpgsqlDbType.Text or NpgsqlDbType.Bigint)
            ? types
            : throw new InvalidOperationException($"Only texts and whole numbers can be sent as arrays, for: {sql}");
    }

    private void RequireCount(int values)
    {
        if (values != parameters.Length)
            throw new ArgumentException(
                $"The statement takes {parameters.Length} values, not {values}.", nameof(values));
    }

    [GeneratedRegex(@"\?(?<number>\d+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex(
        @"\bVALUES\s*\((?<row>[^()]*)\)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex OneRow();

    [GeneratedRegex(@"\bWHERE\b", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Where();
}
