using ProactiveCare.Cases;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;

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
        using var check = new JobCheck(session.Settings.Product, session.Folder, session.Clock);
        if (check.ServerTrouble is { } trouble)
            session.Terminal.Complain($"Examples are run on SQLite and not on the server. {trouble}");
        var results = new List<(string Folder, JobChecked Found)>();
        foreach (var (place, load) in Loads(session, check.Loader, session.Get(which)!))
            results.Add((place, await check.Of(load)));
        session.Answer(
            results.Select(r => new
            {
                job = r.Found.Load.Job?.Id, r.Folder, r.Found.Examples, r.Found.Problems, r.Found.Notes,
            }).ToList(),
            to =>
            {
                foreach (var (folder, found) in results) Tell(to, folder, found);
                if (results.Count == 0) to.Line($"There is no job in {session.Settings.Jobs}.");
            });
        return results.All(result => result.Found.Problems.Count == 0) ? Failures.Done : Failures.No;
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
                : throw new RefusedException(
                    $"There is no job {name} in {jobs}, and no folder of that name here."
                    + (Nearest.To(name, there.Select(load => load.Folder.Name)) is { } near
                        ? $" Is {near} meant?"
                        : ""),
                    RefusalCode.NotFound);
        })];
    }

    // The path as a user would type it, so that an editor or a terminal makes it a link.
    private static string Place(Session session, string path)
    {
        var relative = Path.GetRelativePath(session.PathOf("."), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static void Tell(Terminal to, string folder, JobChecked found)
    {
        if (found.Problems.Count == 0)
        {
            to.Line($"{folder}: good ({(found.Examples == 0
                ? "no examples: write examples.yaml, so that an edit cannot break it unseen"
                : Phrases.Count(found.Examples, "example"))})");
        }
        foreach (var problem in found.Problems) to.Line($"{folder}/{problem}");
        foreach (var note in found.Notes)
        {
            to.Line($"{folder}/{note.File}{(note.Line > 0 ? $":{note.Line}" : "")}: note: {note.Key} {note.Message}");
        }
    }
}
