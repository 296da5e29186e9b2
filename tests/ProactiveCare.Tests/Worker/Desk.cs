using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using ProactiveCare.Storage;
using ProactiveCare.Tests.Jobs;
using ProactiveCare.Worker.Cli;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Tests.Worker;

/// <summary>A place to type commands: a working directory of its own, and who types.</summary>
public sealed class Desk : IDisposable
{
    private const string Settings = "appsettings.json";

    private readonly bool borrows;

    public Desk() : this(isNew: false)
    {
    }

    /// <param name="isNew">Whether it matters that there was never an installation.</param>
    /// <param name="database">One that others made and will drop; null for one of its own.</param>
    public Desk(bool isNew, PostgresServer? database = null)
    {
        borrows = database is not null;
        var data = System.IO.Path.Combine(Path, "data");
        Folder = borrows ? new DataFolder(data) { Server = database } : TestDatabase.In(data, isNew);
        if (Folder.Server is not null) File(Settings, "{}");
    }

    // A socket's path must be short.
    public string Path { get; } = Directory.CreateDirectory(
        System.IO.Path.Combine(System.IO.Path.GetTempPath(), "pcw-" + Guid.NewGuid().ToString("n")[..12])).FullName;

    public string OsUser { get; set; } = "ada";

    public bool Rich { get; set; }

    public DataFolder Folder { get; }

    /// <summary>Settings in the environment; null for that of the tests.</summary>
    public Dictionary<string, string?>? Environment { get; init; }

    internal TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Writes a file; settings also say where the database is, if it is on a server.</summary>
    public string File(string name, string content)
    {
        if (name == Settings && Folder.Server is { } server && JsonNode.Parse(content) is JsonObject settings
            && !settings.ContainsKey("Database"))
        {
            settings["Database"] = new JsonObject
            {
                ["Provider"] = "PostgreSql", ["ConnectionString"] = server.ConnectionString,
            };
            content = settings.ToJsonString();
        }
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Copies a shipped job, without its examples, which are of the limits that are shipped.</summary>
    /// <param name="name">Which.</param>
    /// <param name="changed">What becomes of a line, given its key.</param>
    internal void CopyJob(string name, Func<string, string, string> changed)
    {
        foreach (var file in Directory.GetFiles(System.IO.Path.Combine(Shipped.JobsFolder, name)))
        {
            if (System.IO.Path.GetFileName(file) == "examples.yaml") continue;
            var lines = System.IO.File.ReadAllLines(file).Select(line => changed(line.TrimStart().Split(':')[0], line));
            File($"jobs/{name}/{System.IO.Path.GetFileName(file)}", string.Join('\n', lines) + "\n");
        }
    }

    public Told Run(string commandLine) => Type(commandLine).GetAwaiter().GetResult();

    public async Task<Told> Type(
        string commandLine, string input = "", StringWriter? heard = null, CancellationToken stop = default)
    {
        var (output, error) = (heard ?? new StringWriter(), new StringWriter());
        var caller = new Caller(
            new Terminal(output, error, new TerminalTraits(false, Rich, 100)),
            OsUser,
            (path, cancellation) => path == "-"
                ? Task.FromResult(
                    new Input("standard input", new MemoryStream(System.Text.Encoding.UTF8.GetBytes(input)), null))
                : Caller.OpenLocal(path, cancellation))
        {
            WorkingDirectory = Path,
            Clock = Clock,
            Environment = Environment is null
                ? SettingsFile.Environment
                : new ConfigurationBuilder().AddInMemoryCollection(Environment).Build(),
        };
        var code = await CommandTree.Run(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), caller, stop);
        return new Told(code, output.ToString(), error.ToString());
    }

    public void Dispose()
    {
        if (!borrows) TestDatabase.Delete(Folder);
        Directory.Delete(Path, recursive: true);
    }
}

/// <summary>The exit code and the output of a command.</summary>
public sealed record Told(int Code, string Out, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;
}
