using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProactiveCare.Storage;

/// <summary>
/// Files that are there after a power loss. Flushing a file makes its content durable and not its name: a file made,
/// moved or deleted is so for good only once its folder is flushed, which .NET has no call for; and its calls for the
/// content say nothing when the disk does not confirm.
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

    /// <summary>Makes a file's content durable: all of it that the system was given.</summary>
    /// <exception cref="IOException">The disk does not confirm it. Nothing that was written counts then, whatever a
    /// later flush says.</exception>
    public static void Flush(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsWindows()) RandomAccess.FlushToDisk(file);
        else if (FlushHandle(file) != 0)
            throw new IOException(
                $"The disk did not confirm {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
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

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FlushHandle(SafeFileHandle handle);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
