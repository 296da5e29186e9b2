using ProactiveCare.Jobs.Reading;
using ProactiveCare.Storage;

namespace ProactiveCare.Jobs;

/// <summary>The jobs folder of this node, and how it comes into the book.</summary>
public sealed class JobIntake(Store store, JobBook book, string folder, bool activates, TimeProvider time)
{
    /// <summary>Whether a worker takes the folder in as well, which then says which jobs there are.</summary>
    public required bool InWorker { get; init; }

    /// <summary>Whether workers elsewhere may be at work in the same database, with job folders of their own.</summary>
    public bool IsBesideWorkers => store.IsShared && !InWorker;

    /// <summary>Takes in what the job folders say.</summary>
    public async Task<IReadOnlyList<JobLoad>> ReadAll()
    {
        if (!Directory.Exists(folder)) return [];
        var loads = book.Loader.LoadAll(folder);
        await store.Write(db => book.Propose(db, loads, activates, time.Now()));
        return loads;
    }

    /// <summary>The good version of a job in its folder; null where there is none.</summary>
    public Job? Read(JobId id) => Directory.Exists(folder)
        ? book.Loader.LoadAll(folder).FirstOrDefault(load => load.Job?.Id == id)?.Job
        : null;

    /// <summary>
    /// Takes in what the job folders say where something changed. Trouble with the folders stops nobody.
    /// </summary>
    /// <remarks>
    /// A node that shares a database without a worker may have other jobs, or other versions. Its folder is taken in
    /// only while the database has no jobs at all; later, 'jobs accept' takes in the one that it is about.
    /// </remarks>
    /// <returns>What is new, for the one who asked.</returns>
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
