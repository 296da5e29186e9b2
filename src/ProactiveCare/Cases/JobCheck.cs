using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>The result of checking a job's folder.</summary>
/// <param name="Load">The folder as far as it could be read.</param>
/// <param name="Examples">The number of its examples.</param>
/// <param name="Problems">Everything that is wrong, the differences from its examples included.</param>
/// <param name="Notes">Allowed values that are probably a mistake.</param>
public sealed record JobChecked(
    JobLoad Load, int Examples, IReadOnlyList<JobProblem> Problems, IReadOnlyList<JobProblem> Notes);

/// <summary>Checks whole folders of jobs: keys, statements, notices and examples in one pass. Statements and examples
/// run in scratch installations, so none of the company's data is touched.</summary>
internal sealed class JobCheck : IDisposable
{
    private readonly string scratch = Directory.CreateTempSubdirectory("proactive-care-check-").FullName;
    private readonly ScratchDatabases? server;
    private readonly ExampleRun examples;

    /// <param name="settings">The settings of the features.</param>
    /// <param name="installation">The installation, which need not exist; its server runs the examples as well.</param>
    /// <param name="time">The clock.</param>
    public JobCheck(CareSettings settings, DataFolder installation, TimeProvider time)
    {
        var empty = new DataFolder(Path.Combine(scratch, "empty"));
        Installation.Create(empty, simulated: true, time, new Random(1));
        var file = new NoticeFieldNames(empty, time, settings.Sources);
        // The server checks statements in its own dialect.
        var own = installation.Choose(false, true) && installation.Exists
            ? new NoticeFieldNames(installation, time, settings.Sources)
            : null;
        Loader = new JobLoader(
            settings.Cron.Error,
            (job, found) =>
            {
                if (!job.Detect.IsElsewhere) own?.Of(job, found);
                return file.Of(job, found);
            },
            settings.Cron.ShortestPause);
        try
        {
            server = ScratchDatabases.Beside(installation, time, Readable.Prepare);
        }
        catch (StorageException e)
        {
            ServerTrouble = e.Message;
        }
        examples = new ExampleRun(Loader, settings.Notices, scratch) { Server = server };
    }

    /// <summary>The reader of the folders to check.</summary>
    public JobLoader Loader { get; }

    /// <summary>Why examples do not run on the installation's server; null when they do or there is none.</summary>
    public string? ServerTrouble { get; }

    /// <summary>Checks one folder.</summary>
    public async Task<JobChecked> Of(JobLoad load)
    {
        if (load.Draft is not { } draft) return new JobChecked(load, 0, load.Problems, []);
        var differences = await examples.Check(draft);
        return new JobChecked(
            load, JobExamples.Of(load.Folder).Count, [.. load.Problems, .. differences], JobNotes.Of(draft));
    }

    public void Dispose()
    {
        server?.Dispose();
        Directory.Delete(scratch, recursive: true);
    }
}
