using System.Text.RegularExpressions;
using Dapper;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Cli;

namespace ProactiveCare.Scenarios;

/// <summary>What the README tells a reader to type is typed here, in its order, in an empty folder.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("readme-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Every_command_of_the_readme_works_as_it_stands()
    {
        var jobs = Path.Combine(Repository.Root, "jobs");
        foreach (var file in Directory.EnumerateFiles(jobs, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, "jobs", Path.GetRelativePath(jobs, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        Sample("customers", "customer_id,email,name,locale,time_zone,status",
            "ada,ada@example.com,Ada,en-US,America/New_York,active");
        Sample(
            "purchases", "purchase_id,customer_id,kind,title,amount,currency,purchased_at",
            "p1,ada,rental,Arrival,4.99,USD,2026-03-14T10:00:00Z");
        Sample(
            "sessions",
            "session_id,customer_id,purchase_id,content_id,title,started_at,ended_at,watch_seconds,stall_seconds,"
            + "stall_count,startup_failed",
            "s1,ada,p1,m1,Arrival,2026-03-14T10:00:00Z,2026-03-14T10:30:00Z,1800,180,6,false");

        var commands = Commands(File.ReadAllText(Path.Combine(Repository.Root, "README.md")));
        Assert.True(commands.Count > 20, "The README shows its commands in console blocks.");
        foreach (var command in commands)
        {
            var (code, told) = await Type(command);
            Assert.True(code == 0, $"$ {command}\nended with {code}:\n{told}");
        }
        TheMailOfTheFirstScreenWasSent();
    }

    private void TheMailOfTheFirstScreenWasSent()
    {
        var quoted = string.Join(' ', File.ReadLines(Path.Combine(Repository.Root, "README.md"))
            .SkipWhile(line => !line.StartsWith('>')).TakeWhile(line => line.StartsWith('>'))
            .Select(line => line.TrimStart('>').Replace("**", "", StringComparison.Ordinal)));
        using var store = Store.OpenReadOnly(new DataFolder(Path.Combine(folder, "demo-data")));
        var sent = store.Read(db => db.Query<string>(
            """
            SELECT subject || ' ' || text_body FROM notice JOIN notice_words USING (notice_id)
            WHERE state = 'sent' AND event = 'refunded'
            """).ToList());
        Assert.Contains(Plain(quoted), sent.Select(Plain));
    }

    private static string Plain(string text) => Space().Replace(text, " ").Trim();

    private static List<string> Commands(string readme) =>
        [.. Console().Matches(readme).Select(match => match.Groups["typed"].Value)];

    private void Sample(string kind, params string[] lines) =>
        File.WriteAllLines(Path.Combine(folder, kind + ".csv"), lines);

    private async Task<(int Code, string Told)> Type(string command)
    {
        var told = new StringWriter();
        var caller = new Caller(new Terminal(told, told, TerminalTraits.Plain), Environment.UserName, Caller.OpenLocal)
        {
            WorkingDirectory = folder,
            Random = new Random(1),
        };
        var words = Word().Matches(command).Select(m => m.Value.Trim('"')).Skip(1).ToList();
        return (await CommandTree.Run(words, caller, CancellationToken.None), told.ToString());
    }

    [GeneratedRegex("^\\$ (?<typed>proactive-care .*)$", RegexOptions.Multiline, 1000)]
    private static partial Regex Console();

    [GeneratedRegex("\\s+", RegexOptions.None, 1000)]
    private static partial Regex Space();

    [GeneratedRegex("\"[^\"]*\"|\\S+", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
