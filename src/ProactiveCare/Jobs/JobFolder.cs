using System.Buffers.Binary;
using System.IO.Enumeration;
using System.Security.Cryptography;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Storage;

namespace ProactiveCare.Jobs;

/// <summary>
/// The exact bytes of every file of a job, so that a version can be stored whole and loaded again from memory.
/// Hidden files and editors' backups are not part of a job.
/// </summary>
public sealed class JobFolder
{
    /// <summary>The largest size of a folder, in bytes.</summary>
    public const long LargestSize = 8L << 20;

    private const int MostFiles = 200;

    /// <summary>A folder of files in memory.</summary>
    /// <param name="name">The name of the folder; not part of the version.</param>
    /// <param name="files">The bytes by name relative to the folder, with <c>/</c> between its parts.</param>
    public JobFolder(string name, IReadOnlyDictionary<string, byte[]> files)
    {
        Name = name;
        Files = new SortedDictionary<string, byte[]>(files.ToDictionary(), StringComparer.Ordinal);
        Version = Hash(Files);
    }

    /// <summary>The name of the folder.</summary>
    public string Name { get; }

    /// <summary>The bytes by relative name, sorted by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    /// <summary>The hash of all names and bytes; the same on every machine.</summary>
    public JobVersion Version { get; }

    /// <summary>Why the folder could not be read; null when it was.</summary>
    public string? Trouble { get; private init; }

    /// <summary>Reads a folder from disk.</summary>
    /// <exception cref="IOException">A file cannot be read, or there is far more than a job needs.</exception>
    public static JobFolder Read(string folder)
    {
        var root = new DirectoryInfo(folder).FullName;
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var room = LargestSize;
        foreach (var path in Paths(root))
        {
            var bytes = files.Count == MostFiles ? null : Bytes(path, room);
            if (bytes is null)
                throw new IOException(
                    $"{folder} is too large for a job: at most {MostFiles} files and {LargestSize >> 20} MiB.");
            room -= bytes.Length;
            files.Add(Path.GetRelativePath(root, path).Replace('\\', '/'), bytes);
        }

        return new JobFolder(Path.GetFileName(Path.TrimEndingDirectorySeparator(root)), files);
    }

    /// <summary>Every folder below a jobs folder that contains a <c>job.yaml</c>, by name; an unreadable one has its
    /// error instead of files.</summary>
    /// <exception cref="IOException">The jobs folder cannot be read.</exception>
    public static IReadOnlyList<JobFolder> ReadAll(string jobsFolder) =>
    [
        .. Directory.EnumerateDirectories(jobsFolder)
            .Where(folder => File.Exists(Path.Combine(folder, JobLoader.JobFile)))
            .Order(StringComparer.Ordinal)
            .Select(TryRead),
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

    private static JobFolder TryRead(string folder)
    {
        try
        {
            return Read(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new JobFolder(Path.GetFileName(folder), new Dictionary<string, byte[]>()) { Trouble = e.Message };
        }
    }

    // Linked files are read, linked folders are not: they may lead back up.
    private static FileSystemEnumerable<string> Paths(string root) => new(
        root,
        (ref FileSystemEntry entry) => entry.ToFullPath(),
        new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && !IsScrap(entry.FileName),
        ShouldRecursePredicate = (ref FileSystemEntry entry) =>
            !IsScrap(entry.FileName) && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
    };

    // Null when there is more than allowed: a link to a device has no length, and no end.
    private static byte[]? Bytes(string path, long most)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var read = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int count; (count = file.Read(buffer)) > 0;)
        {
            read.Write(buffer, 0, count);
            if (read.Length > most) return null;
        }
        return read.ToArray();
    }

    private static bool IsScrap(ReadOnlySpan<char> part) =>
        part.StartsWith(".") || part.EndsWith("~") || part.StartsWith("#");

    // Lengths precede names and bytes, so that no two folders have the same input.
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

/// <summary>The jobs folder of this node, and its import into the book.</summary>
public sealed class JobIntake(Store store, JobBook book, string folder, bool activates, TimeProvider time)
{
    /// <summary>Whether a worker stores the folder as well, and so decides which jobs exist.</summary>
    public required bool InWorker { get; init; }

    /// <summary>Whether remote workers may use the same database, with job folders of their own.</summary>
    public bool IsBesideWorkers => store.IsShared && !InWorker;

    /// <summary>Reads the job folders and stores their changes.</summary>
    public async Task<IReadOnlyList<JobLoad>> ReadAll()
    {
        if (!Directory.Exists(folder)) return [];
        var loads = book.Loader.LoadAll(folder);
        await store.Write(db => book.Propose(db, loads, activates, time.Now()));
        return loads;
    }

    /// <summary>The valid version of a job in its folder; null where there is none.</summary>
    public Job? Read(JobId id) => Directory.Exists(folder)
        ? book.Loader.LoadAll(folder).FirstOrDefault(load => load.Job?.Id == id)?.Job
        : null;

    /// <summary>Reads the job folders and stores changes. Errors in the folders stop nothing.</summary>
    /// <remarks>
    /// A node that shares a database without a worker may have other jobs, or other versions. Its folder is stored only
    /// while the database has no jobs at all; later, 'jobs accept' stores the one that it names.
    /// </remarks>
    /// <returns>The changes, for the caller.</returns>
    public async Task<IReadOnlyList<string>> TakeIn()
    {
        if (!Directory.Exists(folder)) return [];
        try
        {
            var before = store.Read(JobBook.All);
            if (IsBesideWorkers && before.Count > 0) return [];
            if (IsKnown(JobFolder.ReadAll(folder), before)) return [];
            await ReadAll();
            return [.. News(before, store.Read(JobBook.All))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [$"The jobs folder could not be read, so the last good jobs go on: {e.Message}"];
        }
    }

    private bool IsKnown(IReadOnlyList<JobFolder> folders, IReadOnlyList<BookedJob> booked)
    {
        var present = booked.Where(job => job.Present).ToList();
        return present.Count == folders.Count && folders.All(folder => present.Exists(job =>
            job.Folder == folder.Name && job.Proposed == folder.Version && job.Problem is null
            && !(activates && job.Waits)));
    }

    private static IEnumerable<string> News(IReadOnlyList<BookedJob> before, IReadOnlyList<BookedJob> after)
    {
        foreach (var job in after)
        {
            var known = before.FirstOrDefault(b => b.Id == job.Id);
            if (job.Problem is not null && job.Problem != known?.Problem)
            {
                yield return $"The folder of {job.Id} is wrong, so its last good version goes on. "
                    + "See: proactive-care jobs check";
            }
            else if (job.Waits && job.Proposed != known?.Proposed)
            {
                yield return $"{(known is null ? "New job" : "Changed job")} {job.Id}: it runs in shadow, paying and "
                    + $"sending nothing, until somebody accepts it: proactive-care jobs accept {job.Id}";
            }
            else if (known is null || job.Active != known.Active)
                yield return $"The newest version of {job.Id} acts.";
        }
    }
}
