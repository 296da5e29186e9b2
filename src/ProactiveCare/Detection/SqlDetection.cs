using System.Buffers;
using System.Text.Json;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Storage;

namespace ProactiveCare.Detection;

/// <summary>Executes the SELECT of a job.</summary>
/// <param name="folder">The installation, or another with its schema.</param>
/// <param name="sources">The other engines that hold telemetry.</param>
/// <param name="time">The clock.</param>
public sealed class SqlDetection(DataFolder folder, Sources sources, TimeProvider time)
{
    private static readonly string[] Required = ["subject", "customer_id", "service_event", "occurred_at"];
    private static readonly string[] Known = [.. Required, "amount_basis", "in_doubt", "purchase_id"];

    /// <summary>The problems of a statement, before any run.</summary>
    public IReadOnlyList<string> Check(SqlDetector detector)
    {
        try
        {
            using var query = Open(detector);
            var engine = DetectorReader.EngineNames(detector.Source);
            return
            [
                .. query.Parameters.Where(p => !engine.Contains(p) && !detector.Parameters.ContainsKey(p))
                    .Select(p => $"@{p} is neither one of @{string.Join(" @", engine)} nor one of detect.parameters."),
                .. Required.Except(query.Columns).Select(c => $"The statement returns no column {c}"
                    + (Nearest.To(c, query.Columns) is { } near ? $"; is {near} meant to be it?" : ".")
                    + $" A finding has {string.Join(", ", Required)}, may have "
                    + $"{string.Join(", ", Known.Except(Required))}, and any columns of evidence."),
                .. query.Columns.GroupBy(c => c).Where(g => g.Count() > 1)
                    .Select(g => $"The column {g.Key} is returned twice."),
            ];
        }
        catch (QueryException e)
        {
            return [e.Message];
        }
    }

    /// <summary>The evidence columns of a statement; null when it cannot be prepared.</summary>
    internal IReadOnlyList<string>? Columns(SqlDetector detector)
    {
        try
        {
            using var query = Open(detector);
            return [.. query.Columns.Except(Known)];
        }
        catch (QueryException)
        {
            return null;
        }
    }

    /// <summary>The findings of a statement for a run.</summary>
    /// <exception cref="QueryException">The statement was refused, interrupted, too broad, or a row is no
    /// finding.</exception>
    public List<Finding> Find(SqlDetector detector, Run run)
    {
        using var query = Open(detector);
        // Another engine may commit rows late, before the end of the window of the last run.
        var since = detector.IsElsewhere ? run.SinceAt - Source(detector).Lateness : run.SinceAt;
        var parameters = new Dictionary<string, object>(detector.Parameters, StringComparer.Ordinal)
        {
            ["after"] = run.After,
            ["upto"] = run.Upto,
            ["now"] = run.NowAt.ToUnixTimeMilliseconds(),
            ["since"] = since.ToUnixTimeMilliseconds(),
            ["settled"] = (run.NowAt - detector.Settle).ToUnixTimeMilliseconds(),
        };
        var findings = new List<Finding>();
        var reader = new Rows(query.Columns);
        query.Run(parameters, row => findings.Add(reader.Read(row, findings.Count + 1)));
        return findings;
    }

    private ContainedQuery Open(SqlDetector detector)
    {
        if (!detector.IsElsewhere)
            return ContainedQuery.Open(folder, detector.For(folder).Sql, Readable.Of(detector), time);
        var source = Source(detector);
        return ContainedQuery.Open(
            source.Name, source.ConnectionString, detector.Sql, Readable.Of(detector), time);
    }

    private ExternalSource Source(SqlDetector detector) =>
        sources.Find(detector.Source)
        ?? throw new QueryException(
            $"The settings name no source {detector.Source}; give Sources:{detector.Source}:ConnectionString. "
            + $"Named are: {string.Join(", ", sources.Names.Prepend(Detector.Telemetry))}.");

    // The findings of a run are held until they are staged.
    private const int LongestKey = 4_000;
    private const long MostCharacters = 64L << 20;

    private sealed class Rows(IReadOnlyList<string> columns)
    {
        private readonly Dictionary<string, int> ordinals = columns.Select((c, i) => (c, i))
            .ToDictionary(p => p.c, p => p.i);
        private readonly ArrayBufferWriter<byte> buffer = new();

        private long characters;

        public Finding Read(IReadOnlyList<object?> row, int number)
        {
            var finding = Finding(row, number);
            characters += finding.Subject.Length + finding.ServiceEvent.Length + finding.Evidence.Length;
            return characters <= MostCharacters
                ? finding
                : throw new QueryException(
                    $"The statement returns more than {MostCharacters:N0} characters; return fewer rows or columns.");
        }

        private Finding Finding(IReadOnlyList<object?> row, int number)
        {
            foreach (var name in Required)
                if (row[Ordinal(name)] is null) throw new QueryException($"Row {number} has no {name}.");
            return new Finding(
                Text(row, "subject", number),
                new CustomerId(Text(row, "customer_id", number)),
                Text(row, "service_event", number),
                Instant.FromUnixTimeMilliseconds(Whole(row, "occurred_at", number)),
                Given(row, "amount_basis") ? Whole(row, "amount_basis", number) : null,
                Given(row, "in_doubt") && Whole(row, "in_doubt", number) != 0,
                Given(row, "purchase_id") ? new PurchaseId(Text(row, "purchase_id", number)) : null,
                Evidence(row));
        }

        private int Ordinal(string name) =>
            ordinals.TryGetValue(name, out var ordinal)
                ? ordinal
                : throw new QueryException($"The statement returns no column {name}.");

        private bool Given(IReadOnlyList<object?> row, string name) =>
            ordinals.TryGetValue(name, out var i) && row[i] is not null;

        private string Text(IReadOnlyList<object?> row, string name, int number) => row[Ordinal(name)] switch
        {
            string { Length: <= LongestKey } text => text,
            string => throw new QueryException($"{name} of row {number} is longer than {LongestKey} characters."),
            byte[] => throw new QueryException($"{name} of row {number} is a blob, not text."),
            var value => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!,
        };

        // The range is that of a representable instant; it bounds an amount as well.
        private long Whole(IReadOnlyList<object?> row, string name, int number) =>
            row[Ordinal(name)] is long value and >= 0 and < 253_402_300_800_000
                ? value
                : throw new QueryException($"{name} of row {number} is not a whole number in range.");

        private string Evidence(IReadOnlyList<object?> row)
        {
            buffer.ResetWrittenCount();
            using var json = new Utf8JsonWriter(buffer);
            json.WriteStartObject();
            for (var i = 0; i < columns.Count; i++)
                if (!Known.Contains(columns[i])) Write(json, columns[i], row[i]);
            json.WriteEndObject();
            json.Flush();
            return Encoding.UTF8.GetString(buffer.WrittenSpan);
        }

        private static void Write(Utf8JsonWriter json, string name, object? value)
        {
            if (value is long whole) json.WriteNumber(name, whole);
            else if (value is double real && double.IsFinite(real)) json.WriteNumber(name, real);
            else if (value is string text) json.WriteString(name, text);
            else json.WriteNull(name);
        }
    }
}

/// <summary>The tables and columns that a job's SQL may read: telemetry, purchases and premises, without personal
/// data.</summary>
public static class Readable
{
    private static readonly Dictionary<string, IReadOnlySet<string>> Columns = new(StringComparer.OrdinalIgnoreCase)
    {
        ["session"] = Names(
            "arrival source session_id customer_id purchase_id content_id title started_at ended_at watch_seconds "
            + "stall_seconds stall_count longest_stall_seconds last_stall_seconds_before_end startup_seconds "
            + "content_seconds avg_bitrate_kbps required_kbps throughput_kbps startup_failed failure_cause cdn isp "
            + "region device viewing_day received_at revision content_hash"),
        ["event"] = Names(
            "arrival source event_id kind customer_id subject occurred_at data received_at revision content_hash"),
        ["contact"] =
            Names("arrival source contact_id customer_id contacted_at topic received_at revision content_hash"),
        ["purchase"] =
            Names("purchase_id customer_id kind title amount_minor tax_minor currency purchased_at received_at"),
        ["premises"] = Names("premises_id customer_id county_fips forecast_zone time_zone priority received_at"),
    };

    /// <summary>The bounds of a detector's statement.</summary>
    public static Containment Of(SqlDetector detector) =>
        new(Columns, detector.RowCap, detector.Timeout) { Parameters = detector.Parameters };

    /// <summary>
    /// Creates the role and views of detection on the server of an installation; a file needs nothing.
    /// </summary>
    /// <exception cref="StorageException">An administrator of the server has to do something first; the message says
    /// what.</exception>
    public static void Prepare(DataFolder folder) => ContainedQuery.Prepare(folder, Columns);

    private static HashSet<string> Names(string names) => new(names.Split(' '), StringComparer.OrdinalIgnoreCase);
}

/// <summary>Another engine that holds telemetry, and is queried in place.</summary>
/// <param name="Name">The name in jobs: 1 to 64 lower-case letters, digits and hyphens.</param>
/// <param name="ConnectionString">The connection string for PostgreSQL; its account should only read.</param>
/// <param name="Lateness">The delay of commits there, 0 s to 7 days; windows overlap by it.</param>
public sealed record ExternalSource(string Name, string ConnectionString, Duration Lateness);

/// <summary>The sources that the settings define, each once.</summary>
public sealed class Sources(IEnumerable<ExternalSource> all)
{
    private readonly Dictionary<string, ExternalSource> byName = all.ToDictionary(s => s.Name, StringComparer.Ordinal);

    /// <summary>No other sources.</summary>
    public static Sources None { get; } = new([]);

    /// <summary>Their names, as jobs use them.</summary>
    public IEnumerable<string> Names => byName.Keys.Order(StringComparer.Ordinal);

    /// <summary>The source of a name; null when there is none.</summary>
    public ExternalSource? Find(string name) => byName.GetValueOrDefault(name);
}

/// <summary>The names of a detector's columns in notices, and the types that the names imply.</summary>
/// <param name="folder">A data folder with the schema that statements are prepared against.</param>
/// <param name="time">The clock.</param>
/// <param name="sources">The other engines that hold telemetry.</param>
public sealed class NoticeFieldNames(DataFolder folder, TimeProvider time, Sources? sources = null)
{
    private const string Instants = "_at";
    private const string Flags = "is_";

    private readonly SqlDetection detection = new(folder, sources ?? Sources.None, time);

    /// <summary>The names that a job's notices may use; problems of its statement are added.</summary>
    /// <returns>Null where the statement cannot be prepared.</returns>
    public IReadOnlyCollection<string>? Of(Job job, ICollection<JobProblem> found)
    {
        if (job.Detect is not SqlDetector detector) return HazardDetector.Evidence;
        foreach (var problem in detection.Check(detector))
            found.Add(new JobProblem(detector.For(folder).File, 0, "", problem));
        return detection.Columns(detector)?.Select(NameOf).ToList();
    }

    /// <summary>A column's name in a notice: an instant, in milliseconds under a name that ends in <c>_at</c>, loses
    /// the suffix.</summary>
    public static string NameOf(string column) =>
        column.EndsWith(Instants, StringComparison.Ordinal) ? column[..^Instants.Length] : column;

    /// <summary>Whether a column of that name holds an instant.</summary>
    public static bool IsInstant(string column) => column.EndsWith(Instants, StringComparison.Ordinal);

    /// <summary>Whether a column of that name holds a flag, as 1 or 0.</summary>
    public static bool IsFlag(string column) => column.StartsWith(Flags, StringComparison.Ordinal);
}
