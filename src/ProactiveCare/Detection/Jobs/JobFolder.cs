using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ProactiveCare.Storage;

namespace ProactiveCare.Detection.Jobs;

/// <summary>
/// The exact bytes of every file of a job, so that a version can be stored whole and loaded again from memory.
/// Hidden files and editors' backups are not part of a job.
/// </summary>
public sealed class JobFolder
{
    /// <summary>The most that one folder may hold, in bytes.</summary>
    public const long LargestSize = 8L << 20;

    private const int MostFiles = 200;

    /// <summary>A folder of files in memory.</summary>
    /// <param name="name">What the folder is called; not part of the version.</param>
    /// <param name="files">The bytes by name relative to the folder, with <c>/</c> between its parts.</param>
    public JobFolder(string name, IReadOnlyDictionary<string, byte[]> files)
    {
        Name = name;
        Files = new SortedDictionary<string, byte[]>(files.ToDictionary(), StringComparer.Ordinal);
        Version = Hash(Files);
    }

    /// <summary>What the folder is called.</summary>
    public string Name { get; }

    /// <summary>The bytes by relative name, sorted by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    /// <summary>The hash of all names and bytes; the same on every machine.</summary>
    public JobVersion Version { get; }

    /// <summary>Reads a folder from disk.</summary>
    /// <exception cref="IOException">A file cannot be read, or there is far more than a job has.</exception>
    public static JobFolder Read(string folder)
    {
        var root = new DirectoryInfo(folder);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var size = 0L;
        foreach (var file in root.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(root.FullName, file.FullName).Replace('\\', '/');
            if (IsScrap(name))
                continue;
            size += file.Length;
            if (size > LargestSize || files.Count == MostFiles)
                throw new IOException(
                    $"{folder} is too large for a job: at most {MostFiles} files and {LargestSize >> 20} MiB.");
            files.Add(name, File.ReadAllBytes(file.FullName));
        }

        return new JobFolder(root.Name, files);
    }

    /// <summary>Every folder below a jobs folder that holds a <c>job.yaml</c>, by name.</summary>
    /// <exception cref="IOException">A folder or file cannot be read.</exception>
    public static IReadOnlyList<JobFolder> ReadAll(string jobsFolder) =>
    [
        .. Directory.EnumerateDirectories(jobsFolder)
            .Where(folder => File.Exists(Path.Combine(folder, JobLoader.JobFile)))
            .Order(StringComparer.Ordinal)
            .Select(Read),
    ];

    /// <summary>Writes the files below a new folder.</summary>
    /// <exception cref="IOException">The folder exists already, or cannot be written.</exception>
    public void Write(string folder)
    {
        if (Path.Exists(folder))
            throw new IOException($"{folder} exists already; nothing was written.");
        foreach (var (name, bytes) in Files)
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
    }

    private static bool IsScrap(string name) =>
        name.Split('/').Any(part => part.StartsWith('.') || part.EndsWith('~') || part.StartsWith('#'));

    // Lengths stand before names and bytes, so that no two folders run together into the same input.
    private static JobVersion Hash(IReadOnlyDictionary<string, byte[]> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var (name, bytes) in files)
        {
            foreach (var part in new[] { Encoding.UTF8.GetBytes(name), bytes })
            {
                BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
                hash.AppendData(length);
                hash.AppendData(part);
            }
        }

        return new JobVersion(Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
