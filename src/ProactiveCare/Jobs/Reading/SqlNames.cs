namespace ProactiveCare.Jobs.Reading;

/// <summary>The @names of a statement, without those in comments, texts and quoted identifiers.</summary>
internal static class SqlNames
{
    public static HashSet<string> Of(string sql)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < sql.Length; i++)
        {
            if (Skipped(sql, i) is { } end)
            {
                i = end - 1;
            }
            else if (sql[i] == '@')
            {
                var stop = i + 1;
                while (stop < sql.Length && (char.IsAsciiLetterOrDigit(sql[stop]) || sql[stop] == '_'))
                    stop++;
                names.Add(sql[(i + 1)..stop]);
                i = stop - 1;
            }
        }

        return names;
    }

    /// <summary>Where a comment or quoted text that begins here ends; null when none begins.</summary>
    private static int? Skipped(string sql, int i) => sql[i] switch
    {
        '-' when sql.AsSpan(i).StartsWith("--") => After(sql, "\n", i + 2),
        '/' when sql.AsSpan(i).StartsWith("/*") => After(sql, "*/", i + 2),
        '\'' or '"' or '`' => After(sql, sql[i].ToString(), i + 1),
        '[' => After(sql, "]", i + 1),
        _ => null,
    };

    // A doubled quote reads as two texts side by side, which comes to the same.
    private static int After(string sql, string end, int from) =>
        sql.IndexOf(end, from, StringComparison.Ordinal) is var at and >= 0 ? at + end.Length : sql.Length;
}
