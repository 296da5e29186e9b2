using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>A statement on PostgreSQL, which Npgsql prepares when it comes again.</summary>
internal sealed partial class PostgresStatement : Statement
{
    private static readonly ConcurrentDictionary<string, string> Texts = new(StringComparer.Ordinal);

    private readonly PostgresPipeline pipeline;
    private readonly NpgsqlCommand command;
    private readonly NpgsqlParameter[] parameters;
    private readonly Lazy<PostgresGather?> gather;

    public PostgresStatement(PostgresConnection db, string sql)
    {
        pipeline = db.Pipeline;
        // What the server could not say just now is asked again.
        gather = new(() => PostgresGather.Of(db.Inner, sql), LazyThreadSafetyMode.PublicationOnly);
        command = db.Inner.CreateCommand();
        command.CommandText = Texts.GetOrAdd(sql, text => Parameter().Replace(text, "$$${number}"));
        var count = Parameter().Matches(sql)
            .Select(match => int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture))
            .DefaultIfEmpty(0).Max();
        parameters = [.. Enumerable.Range(0, count).Select(_ => new NpgsqlParameter { Value = DBNull.Value })];
        command.Parameters.AddRange(parameters);
    }

    public override void Bind(int index, object? value)
    {
        var parameter = parameters[index - 1];
        // A parameter keeps the type that it had, so that its statement is prepared once for null and value.
        if (value is not null) parameter.NpgsqlDbType = PostgresValues.TypeOf(value);
        parameter.Value = value ?? DBNull.Value;
    }

    public override void Bind(ReadOnlySpan<Value> values)
    {
        if (values.Length != parameters.Length)
            throw new ArgumentException(
                $"The statement takes {parameters.Length} values, not {values.Length}.", nameof(values));
        for (var i = 0; i < values.Length; i++)
            Bind(i + 1, values[i].IsNull ? null : values[i].Text ?? (object)values[i].Number);
    }

    public override int Execute()
    {
        SendFirst();
        return Math.Max(0, command.ExecuteNonQuery());
    }

    public override void Post(Action? unchanged) => pipeline.Add(new(this, Values(), null, unchanged));

    public override Answer<T> Ask<T>(Func<Row, T> read)
    {
        var rows = new List<T>();
        var execution = new PostgresExecution(this, Values(), row => rows.Add(read(row)), null);
        pipeline.Add(execution);
        return new(rows, () => pipeline.Need(execution));
    }

    /// <summary>Executes it many times, as a single statement where there is one that does the same.</summary>
    public void ExecuteAll(IReadOnlyList<PostgresExecution> executions)
    {
        if (executions.Count > 1 && executions.All(one => one.Unchanged is null) && gather.Value is { } all)
        {
            all.Execute(executions);
            return;
        }
        foreach (var one in executions)
        {
            Bind(one.Values);
            using (var reader = command.ExecuteReader())
            {
                while (reader.Read()) one.Read!(new Row(reader));
                if (reader.RecordsAffected != 0) continue;
            }
            one.Unchanged?.Invoke();
        }
    }

    public override void Read<T>(Func<Row, T> read, ICollection<T> rows, int most)
    {
        SendFirst();
        using var reader = command.ExecuteReader();
        while (rows.Count < most && reader.Read()) rows.Add(read(new Row(reader)));
    }

    public override T? First<T>(Func<Row, T> read) where T : default
    {
        SendFirst();
        using var reader = command.ExecuteReader();
        return reader.Read() ? read(new Row(reader)) : default;
    }

    public override void Dispose()
    {
        if (gather.IsValueCreated) gather.Value?.Dispose();
        command.Dispose();
    }

    // What waits may be executions of this very statement, with other values.
    private void SendFirst()
    {
        if (!pipeline.Waits) return;
        var values = Values();
        pipeline.Send();
        Bind(values);
    }

    private void Bind(object?[] values)
    {
        for (var i = 0; i < values.Length; i++) Bind(i + 1, values[i]);
    }

    private object?[] Values() =>
        [.. parameters.Select(parameter => parameter.Value is DBNull ? null : parameter.Value)];

    [GeneratedRegex(@"\?(?<number>\d+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    internal static partial Regex Parameter();
}
