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
        if (File.Exists(path))
        {
            if (!File.ReadAllBytes(path).AsSpan().SequenceEqual(content)) return false;
            // An attempt before this one may have failed between its move and the flush of the folder.
            DurableFolder.Flush(Path.GetDirectoryName(path)!);
            return true;
        }
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
        DurableFolder.Flush(Path.GetDirectoryName(path)!);
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
}
