using System.Globalization;

namespace ProactiveCare.Storage;

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
