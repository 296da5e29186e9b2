using System.Diagnostics;
using System.Globalization;
using ProactiveCare.Tests.Jobs;
using ProactiveCare.Tests.Worker;

namespace ProactiveCare.Tests.Faults;

/// <summary>A worker in a process of its own, of the build with crash points or of the one that ships.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process process;
    private readonly List<string> said = [];

    private WorkerProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public bool HasEnded => process.HasExited;

    /// <summary>0 done; 137 killed.</summary>
    public int ExitCode => process.ExitCode;

    public Task Ended => process.WaitForExitAsync();

    /// <summary>Its output so far.</summary>
    public IReadOnlyList<string> Said
    {
        get
        {
            lock (said) return [.. said];
        }
    }

    /// <summary>Starts a command line at a desk.</summary>
    /// <param name="desk">The working directory.</param>
    /// <param name="commandLine">Words.</param>
    /// <param name="environment">What its environment holds more.</param>
    public static WorkerProcess Start(
        Desk desk, string commandLine = "run", params (string Name, string Value)[] environment)
    {
        // Delete the file of a killed worker; it does not describe this one.
        if (commandLine == "run" && File.Exists(desk.Folder.Socket)) File.Delete(desk.Folder.Socket);
        return Start(desk, Program("bin/crash/Release"), commandLine, environment);
    }

    /// <summary>Starts a worker of the build that ships, at a desk that several share.</summary>
    public static WorkerProcess StartNode(Desk desk, params (string Name, string Value)[] environment) =>
        Start(desk, Program("bin/Release"), "run", environment);

    private static WorkerProcess Start(
        Desk desk, string program, string commandLine, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. commandLine.Split(' ')])
        {
            WorkingDirectory = desk.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // The setting with the fastest start; a worker here does not live long.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new WorkerProcess(new Process { StartInfo = start });
    }

    /// <summary>Kills it with SIGKILL.</summary>
    public async Task Kill()
    {
        if (!process.HasExited) process.Kill();
        await Ended;
    }

    /// <summary>Sends it a signal by its name, such as TERM, STOP or CONT.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Whether it has reported its start.</summary>
    public bool HasStarted => Said.Any(line => line.StartsWith("It stops with", StringComparison.Ordinal));

    /// <summary>Waits until it accepts commands, or has ended.</summary>
    public async Task Listening(Desk desk)
    {
        for (var i = 0; i < 6000 && !HasEnded && !File.Exists(desk.Folder.Socket); i++) await Task.Delay(5);
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }

    private static string Program(string build)
    {
        var program = Path.Combine(
            Shipped.Root, "src/ProactiveCare.Worker", build, "net10.0/proactive-care.dll");
        return File.Exists(program)
            ? program
            : throw new InvalidOperationException(
                $"{program} is missing. scripts/test makes it; by hand: dotnet build src/ProactiveCare.Worker "
                + "-c Release, and once more with -p:CrashPoints=true -p:RunAnalyzers=false");
    }

    private void Hear(string? line)
    {
        if (line is null) return;
        lock (said) said.Add(line);
    }
}
