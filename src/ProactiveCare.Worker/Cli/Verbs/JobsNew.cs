using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Creates a job from a working one.</summary>
internal sealed class JobsNew : PlainVerb
{
    private readonly Argument<string> id = new("ID")
    { Description = "The new job's id: 1 to 64 lower-case letters, digits and hyphens; never reused." };

    private readonly Option<string> from = new("--from")
    {
        HelpName = "JOB", Required = true,
        Description = "The job to begin from: a folder in the jobs folder, or a path.",
    };

    public JobsNew() : base(
        "new", "Begins a job from one that works: the same folder under a new id.",
        "proactive-care jobs new slow-trailer --from slow-video-stream")
    {
        Add(id);
        Add(from);
    }

    protected override int Show(Session session)
    {
        var (own, used) = (session.Settings.OwnJobs, session.Settings.Jobs);
        var folder = Path.Combine(own, session.Get(id)!);
        try
        {
            var source = JobFolder.Read(Source(session, session.Get(from)!));
            var made = JobTemplate.Copy(source, new JobId(session.Get(id)!));
            // The shipped jobs that were used so far go on, from the company's own copies.
            if (own != used) JobTemplate.CopyAll(used, own);
            made.Write(folder);
        }
        catch (FormatException e)
        {
            throw new UsageException($"The id {e.Message}");
        }
        catch (InvalidDataException e)
        {
            throw new UsageException(e.Message);
        }
        session.Answer(new { id = session.Get(id), folder }, to =>
        {
            if (own != used)
            {
                to.Line($"Made {own}, with copies of the jobs that ship with the program: jobs live there from now on. "
                    + "A worker that runs reads them once it is started again.");
            }
            to.Line($"Made {folder}. Now:");
            to.Line("  1. edit its job.yaml, statement, notices and examples");
            to.Line($"  2. test it:              proactive-care jobs check {session.Get(id)}");
            to.Line($"  3. see what it finds:    proactive-care jobs run {session.Get(id)}    (in shadow)");
            to.Line($"  4. have it act:          proactive-care jobs accept {session.Get(id)}");
        });
        return Failures.Done;
    }

    private static string Source(Session session, string from)
    {
        List<string> folders =
            [session.Settings.Jobs, .. session.Settings.ShippedJobs is { } shipped ? [shipped] : Array.Empty<string>()];
        if (folders.Select(folder => Path.Combine(folder, from)).Append(session.PathOf(from))
            .FirstOrDefault(Directory.Exists) is { } there) return there;
        var others = folders.Where(Directory.Exists).SelectMany(JobFolder.ReadAll).Select(folder => folder.Name)
            .Distinct().ToList();
        throw new RefusedException($"There is no job {from} to begin from in {session.Settings.Jobs}"
            + (others.Count > 0
                ? $"; there are {string.Join(", ", others)}."
                : ", and no other; name another folder with --jobs."), RefusalCode.NotFound);
    }
}
