using System.Runtime.InteropServices;
using System.Text;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>Puts a whole file in place so that it is there after a power loss, or not at all.</summary>
internal static class DurableFile
{
    /// <summary>
    /// Writes the file unless it is there. False when it is there with other content, which is left alone.
    /// </summary>
    public static bool Place(string path, byte[] content)
    {
        if (File.Exists(path)) return File.ReadAllBytes(path).AsSpan().SequenceEqual(content);
        var aside = path + ".part";
        CrashPoint.At("DurableFile.Place:before");
        using (var file = File.Create(aside))
        {
            file.Write(content);
            CrashPoint.At("DurableFile.Place:written");
            file.Flush(flushToDisk: true);
        }
        CrashPoint.At("DurableFile.Place:flushed");
        File.Move(aside, path, overwrite: false);
        CrashPoint.At("DurableFile.Place:renamed");
        FlushFolder(Path.GetDirectoryName(path)!);
        CrashPoint.At("DurableFile.Place:after");
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

    // A rename survives a power loss only once the folder is flushed, which .NET has no call for. File systems that
    // cannot do it do not need it.
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Open(Encoding.UTF8.GetBytes(folder + "\0"), 0);
        if (handle < 0) throw new IOException($"The folder {folder} cannot be opened to make a file in it durable.");
        _ = Flush(handle);
        _ = Close(handle);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flush(int handle);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
