using System.Collections.Frozen;
using ProactiveCare.Jobs.Reading;
using static ProactiveCare.HarmlessText;

namespace ProactiveCare.Jobs;

/// <summary>One example of a job: input, moment of the run, and expected results.</summary>
public sealed record JobExample
{
    /// <summary>The title of the example.</summary>
    public required string Name { get; init; }

    /// <summary>The first line of the example in the file.</summary>
    public required int Line { get; init; }

    /// <summary>The moment of the run.</summary>
    public required Instant At { get; init; }

    /// <summary>
    /// Rows as an import file would hold them, in their order, by kind (<c>customers</c>, <c>sessions</c>, …).
    /// </summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<ExampleRow>> Given { get; init; }

    /// <summary>Files of alerts in the job's folder, as published.</summary>
    public required IReadOnlyList<string> Alerts { get; init; }

    /// <summary>All findings, whatever their order; each names only the columns that matter to the example.</summary>
    public required IReadOnlyList<ExampleRow> Findings { get; init; }

    /// <summary>All decisions, whatever their order.</summary>
    public required IReadOnlyList<ExpectedDecision> Decisions { get; init; }
}

/// <summary>One row of an example.</summary>
/// <param name="Line">The line in the file.</param>
/// <param name="Columns">The text by column, as written.</param>
public sealed record ExampleRow(int Line, IReadOnlyDictionary<string, string> Columns);

/// <summary>A decision that an example expects.</summary>
/// <param name="Subject">The finding's subject; null when the customer suffices.</param>
/// <param name="CustomerId">The customer; null when the subject suffices.</param>
/// <param name="Outcome">The decision, in the case desk's term.</param>
/// <param name="Amount">The sum owed; null when there is none.</param>
public sealed record ExpectedDecision(string? Subject, CustomerId? CustomerId, string Outcome, Money? Amount);

/// <summary>Reads <c>examples.yaml</c> as strictly as <c>job.yaml</c>.</summary>
public static class JobExamples
{
    // A question mark is on a column that may be absent.
    private static readonly Dictionary<string, string> Columns = new(StringComparer.Ordinal)
    {
        ["customers"] = "customer_id email name locale time_zone? status plan? monthly_charge? currency? jurisdiction?",
        ["premises"] =
            "premises_id customer_id latitude? longitude? county_fips? forecast_zone? time_zone? priority? label?",
        ["purchases"] = "purchase_id customer_id kind title amount tax? currency purchased_at payment_ref?",
        ["refunds"] = "refund_id purchase_id customer_id amount currency refunded_at by reference? status?",
        ["sessions"] =
            "session_id customer_id purchase_id? content_id title started_at ended_at watch_seconds stall_seconds "
            + "stall_count longest_stall_seconds? last_stall_seconds_before_end? startup_seconds? "
            + "content_seconds? avg_bitrate_kbps? required_kbps? throughput_kbps? startup_failed failure_cause? cdn? "
            + "isp? region? device?",
        ["events"] = "event_id kind customer_id subject occurred_at data",
        ["contacts"] = "contact_id customer_id contacted_at topic",
    };

    // The rows have the columns of the import files.
    private static readonly KeyTable Table = new(
        Columns.Select(kind => KeyValuePair.Create(
                "examples.given." + kind.Key, kind.Value.Split(' ').Select(column => column.TrimEnd('?')).ToArray()))
            .Append(new("", ["examples"]))
            .Append(new("examples", ["name", "given", "at", "expect"]))
            .Append(new("examples.given", [.. Columns.Keys, "alerts"]))
            .Append(new("examples.expect", ["findings", "decisions"]))
            .Append(new("examples.expect.decisions", ["subject", "customer_id", "outcome", "amount"]))
            .ToFrozenDictionary(StringComparer.Ordinal),
        FrozenDictionary<string, string[]>.Empty);

    /// <summary>The file in a job's folder.</summary>
    public const string File = "examples.yaml";

    /// <summary>The examples of a job that was loaded; none when it has no such file.</summary>
    public static IReadOnlyList<JobExample> Of(JobFolder folder)
    {
        var found = new List<JobProblem>();
        var examples = folder.Files.TryGetValue(File, out var bytes) ? Read(folder, bytes, found) : [];
        return found.Count == 0 ? examples : throw new InvalidDataException(string.Join('\n', found));
    }

    internal static IReadOnlyList<JobExample> Read(JobFolder folder, byte[] bytes, List<JobProblem> found)
    {
        var problems = new Problems(File, found);
        if (YamlTree.Read(bytes, problems) is not { } map)
            return [];
        var top = new KeyReader(map, Table, problems);
        var examples = top.NeedMaps("examples").Select(keys => Example(keys, folder)).ToList();
        foreach (var twice in examples.GroupBy(e => e.Name).Where(g => g.Key.Length > 0).SelectMany(g => g.Skip(1)))
            problems.Add(twice.Line, "examples.name", $"'{twice.Name}' stands twice.");
        return examples;
    }

    private static JobExample Example(KeyReader keys, JobFolder folder)
    {
        var given = keys.NeedMap("given");
        var expect = keys.NeedMap("expect");
        return new JobExample
        {
            Name = keys.Need("name", Scalars.Text(200), ""),
            Line = keys.Line,
            At = keys.Need("at", At, default),
            Given = Columns.Keys.Where(kind => given.Has(kind))
                .ToDictionary(kind => kind, kind => Rows(given, kind), StringComparer.Ordinal),
            Alerts = given.Many("alerts", name => folder.Files.ContainsKey(name)
                ? name
                : throw new FormatException($"'{Shown(name)}' is not a file in the job's folder.")),
            Findings = Findings(expect),
            Decisions = [.. expect.Maps("decisions").Select(Decision)],
        };
    }

    // Far from the present, the arithmetic of windows exceeds the calendar's range.
    private static Instant At(string text) => Time.Parse(Shown(text)) is var at
        && at >= Instant.FromUtc(2000, 1, 1, 0, 0) && at < Instant.FromUtc(2200, 1, 1, 0, 0)
            ? at
            : throw new FormatException($"must be between the years 2000 and 2199, but is '{text}'.");

    private static IReadOnlyList<ExampleRow> Rows(KeyReader given, string kind)
    {
        var rows = new List<ExampleRow>();
        foreach (var row in given.Maps(kind))
        {
            foreach (var column in Required(kind).Where(column => !row.Has(column)))
                row.Problem(column, "is missing.");
            rows.Add(new ExampleRow(row.Line, row.Texts()));
        }

        return rows;
    }

    private static List<ExampleRow> Findings(KeyReader expect)
    {
        var findings = new List<ExampleRow>();
        foreach (var map in expect.RawMaps("findings"))
        {
            var row = new ExampleRow(map.Line, KeyReader.TextsOf(map));
            if (!row.Columns.ContainsKey("customer_id"))
                expect.Problem("findings", $"one on line {row.Line} has no customer_id.");
            findings.Add(row);
        }

        return findings;
    }

    private static ExpectedDecision Decision(KeyReader keys)
    {
        if (!keys.Has("subject") && !keys.Has("customer_id"))
            keys.Problem("subject", "is missing; name the subject, the customer, or both.");
        return new ExpectedDecision(
            keys.Or<string?>("subject", Scalars.Text(500), null),
            keys.Has("customer_id") ? new CustomerId(keys.Need("customer_id", Scalars.Text(200), "")) : null,
            keys.Need("outcome", Scalars.Name, ""),
            keys.Has("amount") ? keys.Need("amount", text => Money.Parse(Shown(text)), default) : null);
    }

    private static IEnumerable<string> Required(string kind) =>
        Columns[kind].Split(' ').Where(column => !column.EndsWith('?'));
}
