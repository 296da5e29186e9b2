using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>
/// Many executions of one SELECT, or of one INSERT of values, as a single statement over arrays of their values.
/// </summary>
internal sealed partial class PostgresGather
{
    private readonly NpgsqlCommand gathered;

    private PostgresGather(NpgsqlCommand gathered) => this.gathered = gathered;

    /// <summary>The statement that does for many what another does for one; null where there is none.</summary>
    /// <param name="connection">Where it is executed.</param>
    /// <param name="sql">The other; its parameters are ?1, ?2 and so on.</param>
    public static PostgresGather? Of(NpgsqlConnection connection, string sql)
    {
        var isQuery = sql.StartsWith("SELECT", StringComparison.Ordinal);
        if (!isQuery && !(sql.StartsWith("INSERT", StringComparison.Ordinal) && OneRow().IsMatch(sql))) return null;
        var types = Types(connection, sql);
        if (types.Length == 0 || types.Any(type => type is not (NpgsqlDbType.Text or NpgsqlDbType.Bigint))) return null;
        var arrays = types.Select((type, i) => $"${i + 1}::{(type == NpgsqlDbType.Text ? "text" : "bigint")}[]");
        var columns = types.Select((_, i) => $"c{i + 1}");
        var source = $"unnest({string.Join(", ", arrays)}) WITH ORDINALITY AS p({string.Join(", ", columns)}, n)";
        var one = PostgresStatement.Parameter().Replace(sql, "p.c${number}");
        var command = connection.CreateCommand();
        command.CommandText = isQuery
            ? $"SELECT q.*, p.n FROM {source} CROSS JOIN LATERAL ({one}) AS q"
            : OneRow().Replace(one, match => $"SELECT {match.Groups["row"].Value} FROM {source} ORDER BY p.n");
        foreach (var type in types) command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Array | type });
        return new(command);
    }

    /// <summary>Executes it for all.</summary>
    public void Execute(IReadOnlyList<PostgresExecution> executions)
    {
        for (var i = 0; i < gathered.Parameters.Count; i++)
        {
            var (parameter, values) = (gathered.Parameters[i], executions.Select(one => one.Values[i]));
            parameter.Value = parameter.NpgsqlDbType == (NpgsqlDbType.Array | NpgsqlDbType.Text)
                ? values.Select(value => (string?)value).ToArray()
                : values.Select(value => (long?)value).ToArray();
        }
        using var reader = gathered.ExecuteReader();
        while (reader.Read())
            executions[(int)reader.GetInt64(reader.FieldCount - 1) - 1].Read!(new Row(reader));
    }

    public void Dispose() => gathered.Dispose();

    // The server says them: a value that is null for all has no type of its own.
    private static NpgsqlDbType[] Types(NpgsqlConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = PostgresStatement.Parameter().Replace(sql, "@p${number}");
        NpgsqlCommandBuilder.DeriveParameters(command);
        var types = new NpgsqlDbType[command.Parameters.Count];
        for (var i = 0; i < types.Length; i++) types[i] = command.Parameters[$"p{i + 1}"].NpgsqlDbType;
        return types;
    }

    [GeneratedRegex(
        @"\bVALUES\s*\((?<row>[^()]*)\)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex OneRow();
}
