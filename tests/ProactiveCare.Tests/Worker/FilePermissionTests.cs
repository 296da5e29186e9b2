using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using ProactiveCare.Tests.Jobs;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Tests.Worker;

/// <summary>The permissions of all files and folders that the program makes, under any umask.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FilePermissionTests : IDisposable
{
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
    private const UnixFileMode Group = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;

    private readonly Desk desk = new() { OsUser = OsUsers.Current };

    public void Dispose() => desk.Dispose();

    [Theory]
    [InlineData("000")]
    [InlineData("077")]
    public async Task Others_get_no_access_and_the_group_may_not_write(string umask)
    {
        desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        desk.CopyJob("slow-video-stream", (_, line) => line);
        var ours = Paths().ToHashSet();
        await Run(umask, "db init");
        await Run(umask, "jobs new mine --from slow-video-stream");
        await Run(umask, "ledger export --output books.journal");
        if (desk.Folder.Server is null)
        {
            await Run(umask, "db backup care.db");
            File.SetUnixFileMode(Path.Combine(desk.Path, "care.db"), Others | Group | UnixFileMode.UserRead);
            await Run(umask, "db restore care.db");
            File.Delete(Path.Combine(desk.Path, "care.db"));
            if (umask == "000") await Run(umask, $"demo --data demo --jobs {Shipped.JobsFolder}");
        }
        using var worker = Start(umask, "run");
        var socket = desk.Folder.Socket;
        await RunningWorker.Until(() => worker.HasExited || File.Exists(socket));
        await RunningWorker.Until(() => Directory.Exists(desk.Folder.Inside("refunds", "in")));
        var made = Paths().Where(path => !ours.Contains(path)).ToList();
        Assert.Contains(made, path => path.EndsWith("books.journal", StringComparison.Ordinal));
        var hasMails = desk.Folder.Server is null && umask == "000";
        Assert.Equal(hasMails, made.Exists(path => path.EndsWith(".eml", StringComparison.Ordinal)));
        // The socket and its folder are open to the group of the data folder; SocketTests has their modes.
        string[] door = [socket, Path.GetDirectoryName(socket)!];
        Assert.Empty(made.Except(door).Select(path => Excess(path, umask)).OfType<string>());
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(socket) & (Others | UnixFileMode.GroupExecute));
        using var kill = Process.Start("kill", ["-TERM", worker.Id.ToString(CultureInfo.InvariantCulture)]);
        await worker.WaitForExitAsync();
        Assert.Equal(0, worker.ExitCode);
    }

    private IEnumerable<string> Paths() =>
        Directory.EnumerateFileSystemEntries(desk.Path, "*", SearchOption.AllDirectories);

    // A file may disappear during the walk, as SQLite's own do.
    private static string? Excess(string path, string umask)
    {
        if (!Path.Exists(path)) return null;
        var mode = File.GetUnixFileMode(path);
        var denied = umask == "077" ? Others | Group : Others | UnixFileMode.GroupWrite;
        if (!Directory.Exists(path)) denied |= UnixFileMode.UserExecute | UnixFileMode.GroupExecute;
        return (mode & denied) == UnixFileMode.None ? null : $"{path}: {mode}";
    }

    private async Task Run(string umask, string commandLine)
    {
        using var process = Start(umask, commandLine);
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{commandLine}: {await error}");
    }

    private Process Start(string umask, string commandLine)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "proactive-care.dll");
        var start = new ProcessStartInfo("sh", ["-c", $"umask {umask}; exec dotnet {program} {commandLine}"])
        {
            WorkingDirectory = desk.Path,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        return process;
    }
}
