using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Tests jobs.</summary>
internal sealed class JobsCheck : Verb
{
    private readonly Argument<string[]> which = new("JOB")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "Ids, names in the jobs folder, or paths of folders (default: all jobs).",
    };

    public JobsCheck() : base(
        "check",
        "Tests jobs: every key, statement, notice and example; exit 1 when anything is wrong. Examples are run on "
        + "SQLite and, where the settings name a database on a server, in databases of their own there.",
        "proactive-care jobs check\nproactive-care jobs check slow-video-stream ./drafts/my-job")
    {
        Add(which);
    }

    protected override async Task<int> Do(Session session)
    {
        var onServer = session.Settings.Server;
        using var scratch = Scratch(session, onServer);
        var results = await CheckAll(session, session.Get(which)!, onServer is not null, scratch);
        session.Answer(results.Select(r => new { r.Job, r.Folder, r.Examples, r.Problems }).ToList(), to =>
        {
            foreach (var result in results) Tell(to, result);
            if (results.Count == 0) to.Line($"There is no job in {session.Settings.Jobs}.");
        });
        return results.All(result => result.Problems.Count == 0) ? Failures.Done : Failures.No;
    }

    // Statements and examples run in a scratch installation, so none of the company's data is touched.
    private static async Task<IReadOnlyList<Checked>> CheckAll(
        Session session, string[] wanted, bool onServer, ScratchDatabases? server)
    {
        var scratch = Directory.CreateTempSubdirectory("proactive-care-check-").FullName;
        try
        {
            var empty = new DataFolder(Path.Combine(scratch, "empty"));
            Installation.Create(empty, simulated: true, session.Clock, session.Random);
            var loader = new JobLoader(
                ScheduleWords.CronError, Evidence(session, empty, onServer), ScheduleWords.Rules.ShortestPause);
            var examples = new ExampleRun(loader, session.Settings.Notices, scratch) { Server = server };
            var results = new List<Checked>();
            foreach (var (place, load) in Loads(session, loader, wanted))
            {
                var problems = load.Job is { } job ? await examples.Check(job) : load.Problems;
                var count = load.Job is null ? 0 : JobExamples.Of(load.Folder).Count;
                results.Add(new Checked(load.Job?.Id, place, count, problems));
            }
            return results;
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static ScratchDatabases? Scratch(Session session, PostgresServer? server)
    {
        if (server is null) return null;
        try
        {
            return ScratchDatabases.On(
                server, session.Clock, scratch => Readable.Prepare(session.Folder with { Server = scratch }));
        }
        catch (StorageException e)
        {
            session.Terminal.Complain($"Examples are run on SQLite and not on the server. {e.Message}");
            return null;
        }
    }

    // The server checks statements in its own dialect.
    private static EvidenceOf Evidence(Session session, DataFolder empty, bool onServer)
    {
        var (settings, file) = (session.Settings, new NoticeFieldNames(empty, session.Clock, session.Settings.Sources));
        if (!onServer || !settings.Folder.Exists) return file.Of;
        var server = new NoticeFieldNames(settings.Folder, session.Clock, settings.Sources);
        return (job, found) =>
        {
            if (!job.Detect.IsElsewhere) server.Of(job, found);
            return file.Of(job, found);
        };
    }

    private static List<(string Place, JobLoad Load)> Loads(Session session, JobLoader loader, string[] wanted)
    {
        var jobs = session.Settings.Jobs;
        var there = Directory.Exists(jobs) ? loader.LoadAll(jobs) : [];
        if (wanted.Length == 0)
        {
            return Directory.Exists(jobs)
                ? [.. there.Select(load => (Place(session, Path.Combine(jobs, load.Folder.Name)), load))]
                : throw new UsageException($"There is no jobs folder {jobs}; name one with --jobs.");
        }
        return [.. wanted.Select(name =>
        {
            if (there.FirstOrDefault(load => load.Folder.Name == name || load.Job?.Id.Value == name) is { } known)
                return (Place(session, Path.Combine(jobs, known.Folder.Name)), known);
            var path = session.PathOf(name);
            return Directory.Exists(path)
                ? (Place(session, path), loader.Load(JobFolder.Read(path)))
                : throw new UsageException($"There is no job {name} in {jobs}, and no folder of that name here.");
        })];
    }

    // The path as a user would type it, so that an editor or a terminal makes it a link.
    private static string Place(Session session, string path)
    {
        var relative = Path.GetRelativePath(session.PathOf("."), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static void Tell(Terminal to, Checked result)
    {
        if (result.Problems.Count == 0)
        {
            to.Line($"{result.Folder}: good ({(result.Examples == 0
                ? "no examples: write examples.yaml, so that an edit cannot break it unseen"
                : Phrases.Count(result.Examples, "example"))})");
        }
        foreach (var problem in result.Problems) to.Line($"{result.Folder}/{problem}");
    }

    private sealed record Checked(JobId? Job, string Folder, int Examples, IReadOnlyList<JobProblem> Problems);
}
