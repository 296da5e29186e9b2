using System.IO.Enumeration;
using ProactiveCare.Worker.Scheduling;

namespace ProactiveCare.Worker.Hosting;

/// <summary>
/// Reads the jobs folder again after a change, once it has been quiet for a moment, and keeps the triggers equal to the
/// jobs. Changes are noticed by the system's events and by polling, because mounted folders raise no events.
/// </summary>
internal sealed class FolderWatch(
    CareServices services, WorkerTasks tasks, JobTriggers triggers, TimeProvider time, ILogger<FolderWatch> log)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    private readonly SemaphoreSlim changed = new(0, 1);
    private bool isStale;

    private string Folder => services.Settings.JobsFolder;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await Update(reload: true, cancellationToken);
        services.BecameDue += OnDue;
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        services.BecameDue -= OnDue;
        changed.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var seen = Print(Folder);
        using var watcher = Watch();
        try
        {
            while (true)
            {
                await changed.WaitAsync(Period, stoppingToken);
                var before = seen;
                var now = Print(Folder);
                if (now != seen) seen = await UntilQuiet(now, stoppingToken);
                await Update(reload: isStale || now != before, stoppingToken);
            }
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // Quartz throws exceptions of its own when a call to its database is cancelled.
        }
    }

    /// <summary>
    /// The names, sizes and times of everything in the folder; a different text means that something changed.
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
            // A file was deleted meanwhile or is unreadable: the next poll sees the rest.
            return "changing";
        }
    }

    // Links to folders are not followed, as in the reader of jobs: they may lead back up.
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
            var watcher = new FileSystemWatcher(Folder) { IncludeSubdirectories = true };
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

    private void OnDue(object? sender, EventArgs e) => Touch();

    private void Touch()
    {
        try
        {
            changed.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // A change is known already, or the worker stops.
        }
    }

    private async Task<string> UntilQuiet(string print, CancellationToken stopping)
    {
        while (true)
        {
            await Task.Delay(Quiet, time, stopping);
            var now = Print(Folder);
            if (now == print) return now;
            print = now;
        }
    }

    private async Task Update(bool reload, CancellationToken stopping)
    {
        try
        {
            if (reload) await tasks.ReloadJobs(stopping);
            isStale = false;
            // A version accepted meanwhile changes the triggers but no file.
            await triggers.Update(stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            if (!isStale) log.LogError(e, "The jobs folder could not be read; the last good jobs run on.");
            isStale = true;
        }
    }
}
