using System.Text.Json;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Shell;

namespace ProactiveCare.Tests.Worker;

/// <summary>A place to type commands: a working directory of its own, and who types.</summary>
public sealed class Desk : IDisposable
{
    // A socket's path must be short.
    public string Path { get; } = Directory.CreateDirectory(
        System.IO.Path.Combine(System.IO.Path.GetTempPath(), "pcw-" + Guid.NewGuid().ToString("n")[..12])).FullName;

    public string OsUser { get; set; } = "ada";

    public bool Rich { get; set; }

    public DataFolder Folder => new(System.IO.Path.Combine(Path, "data"));

    internal TimeProvider Clock { get; set; } = TimeProvider.System;

    public string File(string name, string content)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    public Told Run(string commandLine) => Type(commandLine).GetAwaiter().GetResult();

    public async Task<Told> Type(string commandLine, string input = "", CancellationToken stop = default)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
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
        };
        var code = await CommandTree.Run(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), caller, stop);
        return new Told(code, output.ToString(), error.ToString());
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>What a command answered.</summary>
public sealed record Told(int Code, string Out, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;
}
