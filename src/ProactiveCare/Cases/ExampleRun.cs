using System.Text.Json;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Notices;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Cases;

/// <summary>Runs the examples of a job, each in a database of its own, and reports unexpected results.</summary>
public sealed class ExampleRun(JobLoader loader, NoticeSettings notices, string scratchFolder)
{
    /// <summary>The server to run them on as well; null for SQLite alone.</summary>
    public ScratchDatabases? Server { get; init; }

    /// <summary>Differences from the expectations of the examples.</summary>
    public async Task<IReadOnlyList<JobProblem>> Check(Job job)
    {
        var problems = new List<JobProblem>();
        foreach (var example in JobExamples.Of(job.Folder))
        {
            Note(example, "", await Differences(job, example, null));
            if (Server is not null) Note(example, " on PostgreSQL", await Differences(job, example, Server.Make()));
        }
        return problems;

        void Note(JobExample example, string where, IReadOnlyList<string> differences) => problems.AddRange(
            differences.Select(
                d => new JobProblem(JobExamples.File, example.Line, "", $"'{example.Name}'{where}: {d}")));
    }

    private async Task<IReadOnlyList<string>> Differences(Job job, JobExample example, PostgresServer? server)
    {
        var name = $"example-{job.Version.Short}-{example.Line}";
        var folder = new DataFolder(Path.Combine(scratchFolder, name)) { Server = server };
        var time = new StandingTime(example.At);
        try
        {
            Installation.Create(folder, simulated: true, time, new Random(1));
            using var store = Store.Open(folder, time);
            var book = new JobBook(loader);
            book.Know(job);
            var actor = await store.Write(db =>
            {
                book.Propose(db, [new JobLoad(job.Folder, job, [])], auto: true, time.Now());
                return Actors.System(db, time.Now());
            });
            await Give(store, example, actor, time, job.Folder);
            var runner = new JobRunner(store, book, new CaseDesk(notices), time);
            var runs = await runner.RunDue(job.Id, "manual");
            if (runs is [{ Error: { } error }]) return [error];
            return store.Read(db => Compare(db, job, example));
        }
        catch (Exception e) when (e is JobException or ImportException)
        {
            return [e.Message];
        }
        finally
        {
            if (Directory.Exists(folder.Path)) Directory.Delete(folder.Path, recursive: true);
        }
    }

    private static async Task Give(Store store, JobExample example, ActorId actor, TimeProvider time, JobFolder folder)
    {
        foreach (var (kind, rows) in example.Given)
        {
            var lines = string.Join('\n', rows.Select(row => JsonSerializer.Serialize(row.Columns)));
            var result = await Import.Run(
                store, new ImportRequest(kind, "example.ndjson", "example", actor),
                    new MemoryStream(Encoding.UTF8.GetBytes(lines)), time);
            if (result.FirstQuarantined is [var bad, ..])
                throw new JobException(
                    $"the row of {kind} on line {rows[(int)bad.Line - 1].Line} cannot be used: {bad.Reason}.");
        }
        foreach (var file in example.Alerts)
        {
            using var alerts = new MemoryStream(folder.Files[file]);
            await Import.Run(store, new ImportRequest("alerts", file, "example", actor), alerts, time);
        }
    }

    private static List<string> Compare(DbConnection db, Job job, JobExample example)
    {
        var cases = CareCases.List(db, new CaseFilter(job.Id, Most: 10_000));
        var differences = new List<string>();
        var found = cases.Select(c => Columns(c.Finding)).ToList();
        foreach (var expected in example.Findings.Where(row => !found.Exists(f => Matches(row, f))))
            differences.Add($"expected a finding {Words(expected.Columns)}, found "
                + $"{(found.Count == 0 ? "none" : string.Join("; ", found.Select(Words)))}.");
        if (example.Findings.Count != found.Count)
            differences.Add($"expected {Count(example.Findings.Count, "finding")}, found {found.Count}.");
        var decided = cases.SelectMany(c => DecisionLog.Of(db, c.Id).Select(d => (c.Finding, Decision: d))).ToList();
        if (example.Decisions.Count != decided.Count)
            differences.Add($"expected {Count(example.Decisions.Count, "decision")}, came to {decided.Count}.");
        foreach (var expected in example.Decisions.Where(e => !decided.Exists(d => Matches(e, d.Finding, d.Decision))))
        {
            var came = string.Join("; ", decided.Select(d => $"{d.Finding.Subject}: {d.Decision.Outcome} "
                + $"{d.Decision.Reason} {Amount(d.Decision)}"));
            var whom = expected.Subject ?? expected.CustomerId?.Value;
            differences.Add($"expected {expected.Outcome} {expected.Amount} for {whom}, decided "
                + $"{(came.Length == 0 ? "nothing" : came)}.");
        }
        return differences;
    }

    private static string Count(int count, string one) => $"{count} {one}{(count == 1 ? "" : "s")}";

    private static bool Matches(ExpectedDecision expected, Finding finding, Decision decision) =>
        (expected.Subject is not { } subject || subject == finding.Subject)
        && (expected.CustomerId is not { } customer || customer == finding.CustomerId)
        && expected.Outcome == decision.Outcome.Text
        && (expected.Amount is not { } amount || amount == Amount(decision));

    private static Money? Amount(Decision decision) =>
        decision.Currency is { } currency ? new Money(decision.PaysMinor, currency) : null;

    private static bool Matches(ExampleRow expected, Dictionary<string, string> found) =>
        expected.Columns.All(column => found.TryGetValue(column.Key, out var value) && Same(column.Value, value));

    private static bool Same(string expected, string found)
    {
        if (expected == found) return true;
        const NumberStyles Number = NumberStyles.Float;
        return double.TryParse(expected, Number, CultureInfo.InvariantCulture, out var a)
            && double.TryParse(found, Number, CultureInfo.InvariantCulture, out var b) && Math.Abs(a - b) < 1e-9;
    }

    private static Dictionary<string, string> Columns(Finding finding)
    {
        var columns = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["subject"] = finding.Subject,
            ["customer_id"] = finding.CustomerId.Value,
            ["service_event"] = finding.ServiceEvent,
            ["occurred_at"] = finding.OccurredAt.Iso(),
            ["in_doubt"] = finding.InDoubt ? "1" : "0",
        };
        if (finding.PurchaseId is { } purchase) columns["purchase_id"] = purchase.Value;
        using var evidence = JsonDocument.Parse(finding.Evidence);
        foreach (var property in evidence.RootElement.EnumerateObject()) columns[property.Name] =
            property.Value.ToString();
        return columns;
    }

    private static string Words(IReadOnlyDictionary<string, string> columns) =>
        string.Join(", ", columns.Select(c => $"{c.Key}={c.Value}"));
}
