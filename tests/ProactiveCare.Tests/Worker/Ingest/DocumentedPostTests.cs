using System.Diagnostics;
using System.Text.Json;

namespace ProactiveCare.Tests.Worker.Ingest;

/// <summary>The calls that the documents show are typed into a shell as they stand there.</summary>
public sealed class DocumentedPostTests(PostOffice office) : IClassFixture<PostOffice>
{
    [Fact]
    public async Task Documented_post_stores_its_rows()
    {
        office.Desk.File("contacts.ndjson", PostOffice.Contact("r1") + PostOffice.Contact("r2"));
        var answer = await Type("docs/files.md", "http://127.0.0.1:8080/", $"http://127.0.0.1:{office.Port}/");
        Assert.Equal(2, answer.GetProperty("stored").GetInt32());
    }

    [Fact]
    public async Task Documented_call_of_an_operation_is_done_by_the_worker()
    {
        var answer = await Type("docs/api.md", " data/door/worker.sock ", $" {office.Desk.Folder.Socket} ");
        Assert.Equal("fred", answer.GetProperty("name").GetString());
        Assert.Contains("fred", office.Desk.Run("users list").Out);
    }

    private async Task<JsonElement> Type(string page, string address, string ours)
    {
        var typed = TidyTree.Read(page).Split('\n')
            .Single(line => line.StartsWith("$ curl ", StringComparison.Ordinal));
        Assert.Contains(address, typed);
        var start = new ProcessStartInfo("sh", ["-c", typed[2..].Replace(address, ours, StringComparison.Ordinal)])
        {
            WorkingDirectory = office.Desk.Path,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["KEY"] = office.Key;
        using var curl = Process.Start(start)!;
        var answer = await curl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await curl.WaitForExitAsync(TestContext.Current.CancellationToken);
        return JsonDocument.Parse(answer).RootElement;
    }
}
