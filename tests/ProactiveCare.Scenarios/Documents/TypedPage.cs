using System.Text.Json;
using System.Text.RegularExpressions;
using ProactiveCare.Worker.Cli;

namespace ProactiveCare.Scenarios.Documents;

/// <summary>A folder in which a page is worked through as a reader would: files are saved, commands are
/// typed.</summary>
internal sealed partial class TypedPage : IDisposable
{
    public TypedPage()
    {
        var jobs = Path.Combine(Repository.Root, "jobs");
        foreach (var file in Directory.EnumerateFiles(jobs, "*", SearchOption.AllDirectories))
        {
            var copy = Inside("jobs", Path.GetRelativePath(jobs, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("page-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public string Inside(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Saves a block that is a file.</summary>
    public void Save(Block block)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Inside(block.File))!);
        File.WriteAllText(Inside(block.File), block.Text);
    }

    /// <summary>Types the commands of a console block; every line is one, and each must end with 0.</summary>
    public async Task<int> TypeAll(Block block)
    {
        var lines = block.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines)
        {
            Assert.StartsWith("$ proactive-care ", line, StringComparison.Ordinal);
            var command = await Filled(line[2..]);
            var (code, told) = await Type(command);
            Assert.True(code == 0, $"{block.Page}: $ {command}\nended with {code}:\n{told}");
        }
        return lines.Length;
    }

    /// <summary>Types one command.</summary>
    public async Task<(int Code, string Told)> Type(string command)
    {
        var told = new StringWriter();
        var caller = new Caller(new Terminal(told, told, TerminalTraits.Plain), Environment.UserName, Caller.OpenLocal)
        {
            WorkingDirectory = Folder,
            Random = new Random(1),
        };
        var words = Word().Matches(command).Select(m => m.Value.Trim('"')).Skip(1).ToList();
        return (await CommandTree.Run(words, caller, CancellationToken.None), told.ToString());
    }

    // CREDIT stands for the first credit that the command can be about.
    private async Task<string> Filled(string command)
    {
        if (!command.Contains(" CREDIT ", StringComparison.Ordinal)) return command;
        var state = command.Split(' ')[2] switch { "retry" => "failed", "reverse" => "approved", _ => "pending" };
        var settings = command[command.IndexOf("--settings", StringComparison.Ordinal)..];
        var (_, told) = await Type($"proactive-care credits list --state {state} --json {settings}");
        using var list = JsonDocument.Parse(told);
        var first = list.RootElement.EnumerateArray().Min(credit => credit.GetProperty("id").GetInt64());
        return command.Replace(" CREDIT ", FormattableString.Invariant($" {first} "), StringComparison.Ordinal);
    }

    [GeneratedRegex("\"[^\"]*\"|\\S+", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
