using System.IO.Enumeration;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Hosting;

/// <summary>
/// Notices changes of the jobs folder, by the system's word where there is one and by looking otherwise (mounted
/// folders tell nothing), and reads it again once it has been quiet for a moment.
/// </summary>
internal sealed class FolderWatch(
    ProactiveCareSettings settings, WorkerLoops loops, JobTriggers alarms, TimeProvider time, ILogger<FolderWatch> log)
    : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    private readonly SemaphoreSlim changed = new(0, 1);
    private bool isStale;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await Take(reload: true, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        changed.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var seen = Print(settings.Jobs);
        using var watcher = Watch();
        try
        {
            while (true)
            {
                await changed.WaitAsync(Look, stoppingToken);
                var before = seen;
                var now = Print(settings.Jobs);
                if (now != seen) seen = await Settled(now, stoppingToken);
                await Take(reload: isStale || now != before, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    /// <summary>
    /// Names, sizes and times of everything in the folder; another text means that something changed.
    /// </summary>
    internal static string Print(string folder)
    {
        if (!Directory.Exists(folder)) return "";
        try
        {
            return string.Join('\n', Files(folder)
                .Select(f => FormattableString.Invariant(
                    $"{f.FullName}|{(f as FileInfo)?.Length}|{f.LastWriteTimeUtc.Ticks}"))
                .Order(StringComparer.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file went away while it was looked at, or may not be read: a later look sees the rest.
            return "changing";
        }
    }

    // Links to folders are not followed, as in reading a job: they may lead back up.
    private static FileSystemEnumerable<FileSystemInfo> Files(string folder) => new(
        folder,
        (ref FileSystemEntry entry) => entry.ToFileSystemInfo(),
        new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
        ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
    };

    private FileSystemWatcher? Watch()
    {
        try
        {
            var watcher = new FileSystemWatcher(settings.Jobs) { IncludeSubdirectories = true };
            watcher.Changed += (_, _) => Touch();
            watcher.Created += (_, _) => Touch();
            watcher.Deleted += (_, _) => Touch();
            watcher.Renamed += (_, _) => Touch();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Touch()
    {
        try
        {
            changed.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // It is known already, or the worker stops.
        }
    }

    private async Task<string> Settled(string print, CancellationToken stopping)
    {
        while (true)
        {
            await Task.Delay(Quiet, time, stopping);
            var now = Print(settings.Jobs);
            if (now == print) return now;
            print = now;
        }
    }

    private async Task Take(bool reload, CancellationToken stopping)
    {
        try
        {
            if (reload) await loops.ReloadJobs(stopping);
            isStale = false;
            // Somebody may have accepted a version meanwhile, which changes no file.
            await alarms.Set(loops.ActiveJobs(), stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            if (!isStale) log.LogError(e, "The jobs folder could not be taken in; the last good jobs run on.");
            isStale = true;
        }
    }
}
