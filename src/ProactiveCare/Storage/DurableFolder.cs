using System.Runtime.InteropServices;
using System.Text;

namespace ProactiveCare.Storage;

/// <summary>
/// Names that are there after a power loss. Flushing a file makes its content durable and not its name: a file made,
/// moved or deleted is so for good only once its folder is flushed, which .NET has no call for.
/// </summary>
internal static class DurableFolder
{
    private const int InvalidArgument = 22;

    /// <summary>Makes a folder, and those above it, where they are missing.</summary>
    /// <exception cref="IOException">It cannot be made, or the disk does not confirm it.</exception>
    public static void Create(string folder)
    {
        if (Directory.Exists(folder)) return;
        var parent = Path.GetDirectoryName(Path.GetFullPath(folder));
        if (parent is not null) Create(parent);
        Directory.CreateDirectory(folder);
        if (parent is not null) Flush(parent);
    }

    /// <summary>Moves a file, within a folder or from one to another.</summary>
    /// <exception cref="IOException">It cannot be moved, or the disk does not confirm it.</exception>
    public static void Move(string from, string to, bool overwrite = false)
    {
        File.Move(from, to, overwrite);
        var (left, entered) = (Path.GetDirectoryName(Path.GetFullPath(from))!, Path.GetDirectoryName(
            Path.GetFullPath(to))!);
        Flush(entered);
        if (left != entered) Flush(left);
    }

    /// <summary>Makes the names in a folder durable.</summary>
    /// <exception cref="IOException">The disk does not confirm it.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Open(Encoding.UTF8.GetBytes(folder + "\0"), 0);
        if (handle < 0) throw new IOException($"The folder {folder} cannot be opened to make a file in it durable.");
        var failed = FlushHandle(handle) != 0;
        var error = Marshal.GetLastPInvokeError();
        _ = Close(handle);
        // File systems that cannot flush a folder do not need it.
        if (failed && error is not InvalidArgument)
            throw new IOException(
                $"The disk did not confirm a name in {folder}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FlushHandle(int handle);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
