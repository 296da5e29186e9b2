using System.Globalization;
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

/// <summary>Puts a whole file in place so that it is there after a power loss, or not at all.</summary>
internal static class DurableFile
{
    private const int MostTaken = 20;

    /// <summary>
    /// Writes the file unless it is there. False when it is there with other content, which is left alone. Another
    /// process may write the same file at the same time: it is whole from the moment it has its name.
    /// </summary>
    public static bool Place(string path, byte[] content)
    {
        if (File.Exists(path)) return IsThere(path, content);
        CrashPoint.At("DurableFile.Place:before");
        var aside = WriteAside(path, content);
        CrashPoint.At("DurableFile.Place:flushed");
        try
        {
            File.Move(aside, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(aside);
            return IsThere(path, content);
        }
        CrashPoint.At("DurableFile.Place:renamed");
        DurableFolder.Flush(Path.GetDirectoryName(path)!);
        CrashPoint.At("DurableFile.Place:after");
        RemoveAsides(path);
        return true;
    }

    /// <summary>A name in a folder that no file has: <c>name.csv</c>, <c>name.2.csv</c> and so on.</summary>
    public static string FreeName(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        for (var n = 2; File.Exists(path); n++)
            path = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(name)}.{n}{Path.GetExtension(name)}");
        return path;
    }

    private static bool IsThere(string path, byte[] content)
    {
        if (!File.ReadAllBytes(path).AsSpan().SequenceEqual(content)) return false;
        // An attempt before this one may have failed between its move and the flush of the folder.
        DurableFolder.Flush(Path.GetDirectoryName(path)!);
        RemoveAsides(path);
        return true;
    }

    // Under a name that no other process writes to: it would be cut off while its file is moved into place.
    private static string WriteAside(string path, byte[] content)
    {
        using var file = NewAside(path);
        file.Write(content);
        CrashPoint.At("DurableFile.Place:written");
        file.Flush();
        DurableFolder.Flush(file.SafeFileHandle, path);
        return file.Name;
    }

    private static FileStream NewAside(string path)
    {
        for (var n = 1; ; n++)
        {
            var aside = Aside(path, n);
            try
            {
                return new FileStream(aside, FileMode.CreateNew, FileAccess.Write);
            }
            catch (IOException) when (File.Exists(aside) || n < MostTaken)
            {
                // A crash left it, or another process writes it, or did a moment ago.
            }
        }
    }

    // Where another process loses the one it writes, it finds the file in place.
    private static void RemoveAsides(string path)
    {
        var (folder, name) = (Path.GetDirectoryName(path)!, Path.GetFileName(path));
        foreach (var aside in Directory.GetFiles(folder, name + "*.part")) File.Delete(aside);
    }

    private static string Aside(string path, int n) => string.Create(CultureInfo.InvariantCulture, $"{path}.{n}.part");
}
