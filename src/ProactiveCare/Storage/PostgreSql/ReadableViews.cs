namespace ProactiveCare.Storage.PostgreSql;

/// <summary>The views of detection, as a version of the program requires them or as they were created.</summary>
/// <param name="Version">The newest migration that the program knew.</param>
/// <param name="Tables">The columns by table, both sorted.</param>
internal sealed record ReadableViews(int Version, IReadOnlyDictionary<string, IReadOnlyList<string>> Tables)
{
    public static ReadableViews Of(IReadOnlyDictionary<string, IReadOnlySet<string>> columns, int version) =>
        new(version, columns.OrderBy(c => c.Key, StringComparer.Ordinal).ToDictionary(
            c => c.Key, IReadOnlyList<string> (c) => [.. c.Value.Order(StringComparer.Ordinal)]));

    /// <summary>Parses the output of <see cref="ToString"/>.</summary>
    public static ReadableViews Parse(string text)
    {
        var lines = text.Split('\n');
        return new(
            int.Parse(lines[0], CultureInfo.InvariantCulture),
            lines.Skip(1).Select(line => line.Split(' ')).ToDictionary(
                words => words[0], IReadOnlyList<string> (words) => words[1..]));
    }

    /// <summary>Whether these views satisfy a program, and may stay unchanged.</summary>
    public bool Serves(ReadableViews wanted) => Version >= wanted.Version && wanted.Tables.All(
        table => Tables.TryGetValue(table.Key, out var columns) && table.Value.All(columns.Contains));

    /// <summary>The statements that create them.</summary>
    public string Sql(string schema, string product) => string.Concat(Tables.Select(table =>
    {
        // A row without its number has not arrived.
        var arrived = table.Value.Contains("arrival") ? " WHERE arrival IS NOT NULL" : "";
        return $"CREATE VIEW {schema}.{table.Key} AS SELECT {string.Join(", ", table.Value)} "
            + $"FROM {product}.{table.Key}{arrived};\n";
    }));

    public override string ToString() => string.Join('\n', [
        Version.ToString(CultureInfo.InvariantCulture),
        .. Tables.Select(table => $"{table.Key} {string.Join(' ', table.Value)}"),
    ]);
}
