using System.Diagnostics;
using System.Text.Json;

namespace ProactiveCare.Tests.Worker.Ingest;

/// <summary>The post that <c>docs/files.md</c> shows is typed into a shell as it stands there.</summary>
public sealed class DocumentedPostTests(PostOffice office) : IClassFixture<PostOffice>
{
    [Fact]
    public async Task Documented_post_stores_its_rows()
    {
        var typed = TidyTree.Read("docs/files.md").Split('\n')
            .Single(line => line.StartsWith("$ curl ", StringComparison.Ordinal));
        Assert.Contains("http://127.0.0.1:8080/", typed);
        office.Desk.File("contacts.ndjson", PostOffice.Contact("r1") + PostOffice.Contact("r2"));
        var start = new ProcessStartInfo(
            "sh", ["-c", typed[2..].Replace(":8080/", $":{office.Port}/", StringComparison.Ordinal)])
        {
            WorkingDirectory = office.Desk.Path,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["KEY"] = office.Key;
        using var curl = Process.Start(start)!;
        var answer = await curl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await curl.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, JsonDocument.Parse(answer).RootElement.GetProperty("stored").GetInt32());
    }
}
