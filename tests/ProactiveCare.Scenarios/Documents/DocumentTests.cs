using Dapper;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Payments.Gateways.BillingFile;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Scenarios.Documents;

/// <summary>Every fenced block of the documents works as it stands.</summary>
public sealed class DocumentTests
{
    // At most ten: the first line of a block, and why it is neither typed nor parsed here.
    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["README.md: scripts/demo     a small simulated company lives through two days of trouble: every stage, and a "
            + "summary"] = "the scripts build the product and run these tests",
        ["docs/files.md: $ curl -sS http://127.0.0.1:8080/telemetry/contacts -H \"Authorization: Bearer $KEY\" "
            + "-H \"Content-Type: application/x-ndjson\" --data-binary @contacts.ndjson"] =
            "DocumentedPostTests types it against a worker",
        ["docs/api.md: $ curl -sS --unix-socket data/door/worker.sock http://worker/api/v1/users/add "
            + "-H \"Content-Type: application/json\" --data '{\"name\":\"fred\",\"roles\":[\"finance\"]}'"] =
            "DocumentedPostTests types it against a worker",
        ["docs/running.md: dotnet publish src/ProactiveCare.Worker --configuration Release --output "
            + "/opt/proactive-care"] = "it needs root, and builds",
    };

    public static TheoryData<string> Pages => [.. Page.All.Select(page => page.Path)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_can_be_worked_through_in_an_empty_folder(string path)
    {
        var page = Page.Of(path);
        using var typed = new TypedPage();
        foreach (var block in page.Blocks.Where(block => !Exceptions.ContainsKey(block.Name)))
        {
            if (block.File.Length > 0) typed.Save(block);
            await Work(typed, block);
        }
        foreach (var block in page.Blocks.Where(IsImport))
        {
            var (_, told) = await typed.Type($"proactive-care import {KindOf(block)} {block.File} --source again");
            Assert.Contains(", 0 set aside", told);
        }
        foreach (var job in page.Blocks.Where(block => block.File.StartsWith("jobs/", StringComparison.Ordinal))
            .Select(block => block.File.Split('/')[1]).Distinct())
        {
            var (code, told) = await typed.Type($"proactive-care jobs check {job}");
            Assert.True(code == 0, told);
        }
        if (path == "README.md") SentTheMailOfThePicture(page, typed);
        if (path == "docs/finance.md") WritesTheColumnsThatArePromised(page, typed);
    }

    [Fact]
    public void Every_exception_is_a_block_and_there_are_few()
    {
        var blocks = Page.All.SelectMany(page => page.Blocks).Select(block => block.Name).ToList();
        Assert.All(Exceptions.Keys, name => Assert.Contains(name, blocks));
        Assert.InRange(Exceptions.Count, 0, 10);
        Assert.True(blocks.Count > 30, "The documents show their blocks between fences.");
    }

    [Fact]
    public void Statements_without_a_job_are_accepted_by_the_database()
    {
        var folder = TestDatabase.In(Directory.CreateTempSubdirectory("statements-").FullName);
        try
        {
            Installation.Create(folder, simulated: true, TimeProvider.System, new Random(1));
            Readable.Prepare(folder);
            var detection = new SqlDetection(folder, Sources.None, TimeProvider.System);
            var statements = Page.All.SelectMany(page => page.Blocks).Where(b => b is { Language: "sql", File: "" });
            Assert.Equal(2, statements.Count());
            Assert.All(statements, block => Assert.Empty(detection.Check(Detector(block.Text))));
            Assert.NotEmpty(detection.Check(Detector("SELECT email FROM customer")));
        }
        finally
        {
            TestDatabase.Delete(folder);
        }
    }

    private static bool IsImport(Block block) => block.Language == "csv" && Import.Kinds.Contains(KindOf(block));

    private static string KindOf(Block block) => Path.GetFileNameWithoutExtension(block.File);

    private static async Task Work(TypedPage typed, Block block)
    {
        switch (block.Language)
        {
            case "console":
                Assert.NotEqual(0, await typed.TypeAll(block));
                break;
            case "json":
                var file = block.File.Length > 0 ? block.File : "settings-of-a-block.json";
                typed.Save(block with { File = file });
                SettingsFile.Load(typed.Folder, file, data: null, jobs: null);
                break;
            case "csv" when IsImport(block):
                break;
            case "csv":
                Assert.Matches("^(data/refunds/in/)?refunds-[0-9]{6}\\.ack\\.csv$", block.File);
                var answers = BillingAnswers.Parse(File.ReadAllBytes(typed.Inside(block.File)));
                Assert.True(answers is { Problems: [], Answers.Count: > 0 }, block.Name);
                break;
            case "sql" when block.File.Length == 0:
                break;
            default:
                Assert.True(
                    block.File.StartsWith("jobs/", StringComparison.Ordinal),
                    $"{block.Name} is neither typed nor parsed: name it as an exception, with the reason.");
                break;
        }
    }

    private static SqlDetector Detector(string sql) => new()
    {
        Source = ProactiveCare.Jobs.Detector.Telemetry,
        Settle = Duration.Zero,
        Look = Duration.FromDays(1),
        File = "detect.sql",
        Sql = sql,
        Parameters = new Dictionary<string, object>(),
        RowCap = 10,
        Timeout = Duration.FromSeconds(10),
    };

    private static void SentTheMailOfThePicture(Page page, TypedPage typed)
    {
        var start = page.Text.IndexOf("![", StringComparison.Ordinal) + 2;
        var subject = page.Text[start..page.Text.IndexOf(']', start)];
        using var store = Store.OpenReadOnly(new DataFolder(typed.Inside("demo-data")));
        var sent = store.Read(db => db.Query<string>(
            "SELECT subject FROM notice WHERE state = 'sent' AND event = 'refunded'").ToList());
        Assert.Contains(subject, sent);
    }

    private static void WritesTheColumnsThatArePromised(Page page, TypedPage typed)
    {
        var documented = page.Names("## Files for billing").TakeWhile(column => column.Name != "status").SkipLast(1)
            .ToList();
        foreach (var (kind, cell) in ((string, int)[])[("refunds", 0), ("credits", 1)])
        {
            var file = Directory.GetFiles(typed.Inside("demo-data", "refunds", "out"), kind + "-*.csv")[0];
            Assert.Equal(
                File.ReadLines(file).First().Split(',').Order(),
                documented.Where(column => column.Cells[cell] == "yes").Select(column => column.Name).Order());
        }
        var book = File.ReadLines(typed.Inside("books.csv")).First().Split(',');
        Assert.Contains(string.Join(", ", book.Select(name => $"`{name}`")), page.Text.ReplaceLineEndings(" "));
    }
}
