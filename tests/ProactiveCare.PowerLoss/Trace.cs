using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ProactiveCare.PowerLoss;

/// <summary>The file system calls of a process below one folder, in order, with their results.</summary>
internal sealed class Trace
{
    /// <summary>The file beside the data folder into which the recorded process writes its marks.</summary>
    public const string Marks = "marks";

    /// <summary>Every call that changes files; reads do not matter.</summary>
    private const string Calls =
        "openat,creat,close,dup,dup2,dup3,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,"
        + "fsync,fdatasync,sync_file_range,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,"
        + "copy_file_range,sendfile,symlink";

    private readonly string root;
    private readonly Dictionary<string, int> names = new(StringComparer.Ordinal);
    private readonly HashSet<string> folders;
    private readonly Dictionary<long, (int File, string? Folder)> open = [];
    private readonly List<Op> ops = [];
    private int files;

    private Trace(string root)
    {
        this.root = root;
        folders = new(StringComparer.Ordinal) { root };
    }

    /// <summary>Runs a program under strace and reads what it did below a folder that is empty before.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="injected">
    /// Faults for strace to inject, such as <c>fsync:error=EIO:when=9+9</c>; null for none.
    /// </param>
    /// <param name="program">What to run.</param>
    /// <param name="arguments">Its arguments.</param>
    public static IReadOnlyList<Op> Record(
        string root, string? injected, string program, params string[] arguments)
    {
        var log = root + ".strace";
        var start = new ProcessStartInfo(
            "strace", ["-f", "--seccomp-bpf", "-xx", "-s", "10000000", "-e", "trace=" + Calls,
            .. injected is null ? [] : (string[])["-e", "inject=" + injected], "-o", log, program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        using (var process = Process.Start(start)!)
        {
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException("The recording failed: " + error[^Math.Min(error.Length, 2000)..]);
        }
        using var reader = new StreamReader(log, Encoding.ASCII);
        var recorded = Read(root, reader);
        reader.Dispose();
        File.Delete(log);
        return recorded;
    }

    public static IReadOnlyList<Op> Read(string root, TextReader log)
    {
        var trace = new Trace(root);
        foreach (var call in StraceLine.Read(log))
            if (call.Result >= 0) trace.Take(call);
            else trace.Failed(call);
        return trace.ops;
    }

    private void Take(StraceLine call)
    {
        switch (call.Name)
        {
            case "openat":
                Open(call.Path(0), call.Arguments[2], call.Result);
                break;
            case "close":
                open.Remove(call.Number(0));
                break;
            case "pwrite64":
                Written(call, call.Strings[0], Offset(call, 3));
                break;
            case "pwritev" or "pwritev2":
                Written(call, [.. call.Strings.SelectMany(part => part)], Offset(call, 3));
                break;
            case "ftruncate" when Is(call):
                ops.Add(new Truncate(open[call.Number(0)].File, call.Number(1)));
                break;
            case "fsync" or "fdatasync" when open.TryGetValue(call.Number(0), out var synced):
                ops.Add(synced.Folder is { } folder
                    ? new SyncFolder(folder == root ? "" : Below(folder)!)
                    : new SyncFile(synced.File));
                break;
            case "rename":
                Rename(call.Path(0), call.Path(1));
                break;
            case "link" when names.TryGetValue(call.Path(0), out var linked):
                Name(NamingKind.Link, null, call.Path(1), names[call.Path(1)] = linked);
                break;
            case "unlink" when names.Remove(call.Path(0), out var gone):
                Name(NamingKind.Unlink, call.Path(0), null, gone);
                break;
            case "mkdir" when IsBelow(call.Path(0)):
                folders.Add(call.Path(0));
                Name(NamingKind.MakeFolder, null, call.Path(0), -1);
                break;
            default:
                // Calls that the model does not know must fail the test.
                if (IsOfInterest(call))
                    throw new NotSupportedException($"{call.Name}({string.Join(", ", call.Arguments)})");
                break;
        }
    }

    private void Failed(StraceLine call)
    {
        if (call.Name is "fsync" or "fdatasync" && Is(call)) ops.Add(new SyncFailed(open[call.Number(0)].File));
    }

    private bool IsBelow(string path) => path.StartsWith(root + "/", StringComparison.Ordinal);

    private bool Is(StraceLine call) => open.TryGetValue(call.Number(0), out var file) && file.Folder is null;

    private bool IsOfInterest(StraceLine call) =>
        call.Name.StartsWith("dup", StringComparison.Ordinal) || call.Name is "write" or "writev" or "fallocate"
            ? long.TryParse(call.Arguments[0], CultureInfo.InvariantCulture, out var file) && open.ContainsKey(file)
            : call.Name is not ("fsync" or "fdatasync" or "ftruncate")
            && call.Strings.Any(text => IsBelow(Encoding.UTF8.GetString(text)));

    private static long Offset(StraceLine call, int index) => call.Number(index);

    private void Open(string path, string flags, long handle)
    {
        if (folders.Contains(path))
        {
            open[handle] = (-1, path);
            return;
        }
        if (!IsBelow(path)) return;
        if (!names.TryGetValue(path, out var file))
        {
            // Files without meaning after a power loss: the index of the log is shared memory.
            file = names[path] = files++;
            Name(NamingKind.Create, null, path, file);
        }
        else if (flags.Contains("O_TRUNC", StringComparison.Ordinal))
        {
            ops.Add(new Truncate(file, 0));
        }
        open[handle] = (file, null);
    }

    private void Written(StraceLine call, byte[] bytes, long offset)
    {
        if (!Is(call)) return;
        var file = open[call.Number(0)].File;
        var text = bytes.AsSpan(0, (int)call.Result);
        if (names.TryGetValue(Path.Combine(root, Marks), out var marks) && file == marks)
            ops.Add(new Mark(Encoding.UTF8.GetString(text).TrimEnd('\n')));
        else
            ops.Add(new Write(file, offset, text.ToArray()));
    }

    private void Rename(string from, string to)
    {
        if (!names.Remove(from, out var file)) return;
        names[to] = file;
        Name(NamingKind.Rename, from, to, file);
    }

    private void Name(NamingKind kind, string? from, string? to, int file) =>
        ops.Add(new Naming(kind, Below(from), Below(to), file));

    private string? Below(string? path) => path is null ? null : Path.GetRelativePath(root, path);
}
