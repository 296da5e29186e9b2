using System.Text.RegularExpressions;
using ProactiveCare.Storage;
using static ProactiveCare.HarmlessText;

namespace ProactiveCare.Jobs.Reading;

/// <summary>Reads a job's detector, and the statement that a SQL detector names.</summary>
internal static partial class DetectorReader
{
    private static readonly string[] Arrivals = ["after", "upto"];
    private static readonly string[] Window = ["now", "since", "settled"];

    private const int LargestSql = 64 << 10;
    private const int MostParameters = 50;

    private static readonly string[] SqlOnly = ["parameters", "rowCap", "timeout"];

    /// <summary>The engine's own parameters of a statement: arrivals are numbered in its own store only.</summary>
    public static IReadOnlyList<string> EngineNames(string source) =>
        source == Detector.Telemetry ? [.. Arrivals, .. Window] : Window;

    public static Detector Read(KeyReader keys, JobFolder folder)
    {
        if (keys.Has("sql") == keys.Has("hazard"))
            keys.Problem(keys.Has("sql") ? "hazard" : "sql", "is needed: give either sql or hazard, one of the two.");
        var source = keys.Or("source", Scalars.Name, Detector.Telemetry);
        var settle = keys.Or("settle", Scalars.Duration("0s", "30d"), Duration.FromMinutes(30));
        var look = keys.Or("look", Scalars.Duration("1h", "365d"), Duration.FromDays(14));
        if (look < settle)
            keys.Problem("look", $"must not be shorter than settle ({Scalars.DurationShort(settle)}).");
        return keys.Has("hazard")
            ? Hazard(keys, source, settle, look)
            : Sql(keys, folder, source, settle, look);
    }

    private static HazardDetector Hazard(KeyReader keys, string source, Duration settle, Duration look)
    {
        foreach (var key in SqlOnly.Where(keys.Has))
            keys.Problem(key, "belongs to a sql detector; leave it out.");
        if (source != Detector.Telemetry)
            keys.Problem("source", "must be telemetry for hazards; another source is asked with sql.");
        var hazard = keys.Map("hazard");
        foreach (var key in new[] { "events", "severities" }.Where(key => hazard?.Has(key) == false))
            hazard!.Problem(key, "is missing.");
        return new HazardDetector
        {
            Source = source,
            Settle = settle,
            Look = look,
            Events = hazard?.Many("events", Scalars.Text(100)) ?? [],
            Severities =
                hazard?.Many("severities", Scalars.OneOf("Extreme", "Severe", "Moderate", "Minor", "Unknown")) ?? [],
        };
    }

    private static SqlDetector Sql(KeyReader keys, JobFolder folder, string source, Duration settle, Duration look)
    {
        var parameters = Parameters(keys);
        var file = keys.Or("sql", SqlFile, "");
        var twin = file.Length > 0 ? SqlDetector.PostgresFile(file) : "";
        var hasTwin = folder.Files.ContainsKey(twin);
        if (hasTwin && source != Detector.Telemetry)
            keys.Problem("sql", $"{twin} is never asked: the source {source} is asked with {file}.");
        return new SqlDetector
        {
            Source = source,
            Settle = settle,
            Look = look,
            File = file,
            Sql = file.Length > 0 ? Statement(keys, folder, file, (source, parameters)) : "",
            PostgresSql = hasTwin ? Statement(keys, folder, twin, (source, parameters)) : null,
            Parameters = parameters,
            RowCap = keys.Or("rowCap", Scalars.Whole(1, 1_000_000), 100_000),
            Timeout = keys.Or("timeout", Scalars.Duration("1s", "10m"), Duration.FromMinutes(1)),
        };
    }

    private static string SqlFile(string text) =>
        SqlFileForm().IsMatch(text)
            ? text
            : throw new FormatException(
                $"must be a file beside job.yaml, such as detect.sql, but is '{Shown(text)}'.");

    private static string Statement(
        KeyReader keys, JobFolder folder, string file, (string Source, Dictionary<string, object> Parameters) given)
    {
        if (!folder.Files.TryGetValue(file, out var bytes))
            return Refuse($"names {file}, but there is no such file in the folder.");
        if (bytes.Length > LargestSql)
            return Refuse($"names {file}, which is {bytes.Length:N0} bytes; at most {LargestSql:N0} are allowed.");
        if (YamlTree.Decode(bytes) is not { } sql || string.IsNullOrWhiteSpace(sql))
            return Refuse($"names {file}, which is empty or not UTF-8 text.");
        if (sql.Contains('\0', StringComparison.Ordinal))
            return Refuse($"names {file}, which has a NUL character; SQL ends there.");
        try
        {
            CheckNames(keys, file, Names(sql, file, given.Source), given);
            return sql;
        }
        catch (QueryException e)
        {
            return Refuse($"names {file}: {e.Message}");
        }

        string Refuse(string message)
        {
            keys.Problem("sql", message);
            return "";
        }
    }

    private static IReadOnlyCollection<string> Names(string sql, string file, string source) =>
        source == Detector.Telemetry && !file.EndsWith(SqlDetector.PostgresFile(".sql"), StringComparison.Ordinal)
            ? SqlNames.Of(sql)
            : ContainedQuery.ServerParameters(sql);

    private static void CheckNames(
        KeyReader keys, string file, IReadOnlyCollection<string> used,
        (string Source, Dictionary<string, object> Parameters) given)
    {
        var engine = EngineNames(given.Source);
        foreach (var name in used.Where(name => !engine.Contains(name) && !given.Parameters.ContainsKey(name)))
        {
            keys.Problem("sql", Arrivals.Contains(name)
                ? $"{file} uses @{name}, an arrival number, which the source {given.Source} has not; ask about the "
                    + "window from @since to @now."
                : $"{file} uses @{name}, which is neither in detect.parameters nor one of "
                    + $"{string.Join(", ", engine.Select(one => "@" + one))}.");
        }
        foreach (var name in given.Parameters.Keys.Where(name => !used.Contains(name)))
            keys.Problem("parameters", $"gives {name}, but {file} does not use @{name}.");
    }

    private static Dictionary<string, object> Parameters(KeyReader keys)
    {
        var parameters = new Dictionary<string, object>(StringComparer.Ordinal);
        if (keys.MapOf("parameters") is not { } map)
            return parameters;
        if (map.Entries.Count > MostParameters)
            keys.Problem("parameters", $"has {map.Entries.Count} entries; at most {MostParameters} are allowed.");
        foreach (var (key, value) in map.Entries)
        {
            if (!ParameterName().IsMatch(key.Text))
                keys.Problem("parameters", $"'{Shown(key.Text)}' must be a letter, then at most 63 "
                    + "letters, digits or _.");
            else if (Arrivals.Concat(Window).Contains(key.Text, StringComparer.OrdinalIgnoreCase))
                keys.Problem("parameters", $"'{key.Text}' is a name that the engine gives; choose another.");
            else
                parameters.Add(key.Text, ParameterValue(keys, key.Text, value));
        }

        return parameters;
    }

    private static object ParameterValue(KeyReader keys, string name, YamlValue value)
    {
        if (value is YamlText { IsNull: false, Text.Length: <= 200 } text)
        {
            var read = ParameterValue(text);
            if (text.Plain && read is string && LooksTyped().IsMatch(text.Text))
                keys.Problem("parameters", $"{name} is '{Shown(text.Text)}': write a number like 55 or 0.5, "
                    + "true or false, or put quotes around a text.");
            return read;
        }

        if (value is not YamlRefused)
            keys.Problem("parameters", $"{name} must be one value of at most 200 characters, "
                + $"but is {KeyReader.Given(value)}.");
        return 0L;
    }

    // Quotes turn a number into a text, as everywhere in YAML.
    private static object ParameterValue(YamlText value) =>
        !value.Plain ? value.Text
        : Scalars.TryPercent(value.Text) is { } percent ? (double)percent
        : Scalars.TryDuration(value.Text) is { } duration ? (long)duration.TotalSeconds
        : value.Text is "true" or "false" ? value.Text == "true" ? 1L : 0L
        : WholeNumber().IsMatch(value.Text) ? long.Parse(value.Text, CultureInfo.InvariantCulture)
        : DecimalNumber().IsMatch(value.Text) ? double.Parse(value.Text, CultureInfo.InvariantCulture)
        : value.Text;

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,60}\.sql\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SqlFileForm();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_]{0,63}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ParameterName();

    // Other YAML readers would parse these as a number, a date or a flag.
    [GeneratedRegex(@"^([-+.]*[0-9].*|yes|no|on|off|true|false|[-+]?\.(inf|nan))\z",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LooksTyped();

    [GeneratedRegex(@"^-?[0-9]{1,15}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"^-?[0-9]{1,15}\.[0-9]{1,9}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DecimalNumber();
}

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

    /// <summary>The end of a comment or quoted text that begins here; null when none begins.</summary>
    private static int? Skipped(string sql, int i) => sql[i] switch
    {
        '-' when sql.AsSpan(i).StartsWith("--") => After(sql, "\n", i + 2),
        '/' when sql.AsSpan(i).StartsWith("/*") => After(sql, "*/", i + 2),
        '\'' or '"' or '`' => After(sql, sql[i].ToString(), i + 1),
        '[' => After(sql, "]", i + 1),
        _ => null,
    };

    // A doubled quote is parsed as two adjacent texts, with the same result.
    private static int After(string sql, string end, int from) =>
        sql.IndexOf(end, from, StringComparison.Ordinal) is var at and >= 0 ? at + end.Length : sql.Length;
}
