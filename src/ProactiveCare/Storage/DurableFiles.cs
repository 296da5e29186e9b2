using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProactiveCare.Storage;

/// <summary>Files that survive a power loss. Flushing a file makes its content durable, not its name: a created, moved
/// or deleted file is durable only once its folder is flushed, which .NET has no call for; and .NET's calls for the
/// content do not report when the disk does not confirm.</summary>
internal static class DurableFolder
{
    private const int InvalidArgument = 22;

    /// <summary>Creates a folder and its missing parents.</summary>
    /// <exception cref="IOException">It cannot be created, or the disk does not confirm it.</exception>
    public static void Create(string folder)
    {
        if (Directory.Exists(folder)) return;
        var parent = Path.GetDirectoryName(Path.GetFullPath(folder));
        if (parent is not null) Create(parent);
        Directory.CreateDirectory(folder);
        if (parent is not null) Flush(parent);
    }

    /// <summary>Moves a file, within a folder or between folders.</summary>
    /// <exception cref="IOException">It cannot be moved, or the disk does not confirm it.</exception>
    public static void Move(string from, string to, bool overwrite = false)
    {
        File.Move(from, to, overwrite);
        var (left, entered) = (Path.GetDirectoryName(Path.GetFullPath(from))!, Path.GetDirectoryName(
            Path.GetFullPath(to))!);
        Flush(entered);
        if (left != entered) Flush(left);
    }

    /// <summary>Makes a file's content durable.</summary>
    /// <exception cref="IOException">The disk does not confirm it; a later success makes nothing durable.</exception>
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

/// <summary>Writes a complete file that survives a power loss, or none.</summary>
internal static class DurableFile
{
    private const int MostTaken = 20;

    /// <summary>Writes the file unless it exists. False when it exists with other content, which stays unchanged.
    /// Another process may write the same file at the same time: it is complete from the moment it has its
    /// name.</summary>
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

    /// <summary>The names that files of one name have in a folder: <c>name.csv</c>, <c>name.2.csv</c> and so
    /// on.</summary>
    public static IEnumerable<string> Names(string folder, string name)
    {
        yield return Path.Combine(folder, name);
        for (var n = 2; ; n++)
            yield return Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(name)}.{n}{Path.GetExtension(name)}");
    }

    private static bool IsThere(string path, byte[] content)
    {
        if (!File.ReadAllBytes(path).AsSpan().SequenceEqual(content)) return false;
        // An earlier attempt may have failed between its move and the flush of the folder.
        DurableFolder.Flush(Path.GetDirectoryName(path)!);
        RemoveAsides(path);
        return true;
    }

    // The name is unique to this process: another writer would truncate the file while it is moved into place.
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
                // It was left by a crash, or another process is writing it, or did a moment ago.
            }
        }
    }

    // A process that loses its file this way finds the final file in place.
    private static void RemoveAsides(string path)
    {
        var (folder, name) = (Path.GetDirectoryName(path)!, Path.GetFileName(path));
        foreach (var aside in Directory.GetFiles(folder, name + "*.part")) File.Delete(aside);
    }

    private static string Aside(string path, int n) => string.Create(CultureInfo.InvariantCulture, $"{path}.{n}.part");
}
