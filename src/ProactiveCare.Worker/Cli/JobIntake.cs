using ProactiveCare.Audit;
using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli;

/// <summary>How the jobs folder comes into the installation from the command line.</summary>
internal static class JobIntake
{
    /// <summary>
    /// Takes in what the job folders say before anything is written, so that a job's cursor stands before the data that
    /// comes next. Jobs are an operator's: who is none changes nothing. Trouble with the folders stops nobody.
    /// </summary>
    /// <remarks>
    /// Whoever shares a database without a worker of their own may type where the jobs are others, or other versions.
    /// There the workers say which there are; a verb takes in the first ones ever, and 'jobs accept' the one that it is
    /// about.
    /// </remarks>
    public static async Task TakeIn(Session session)
    {
        if (!session.Actor.Has(Role.Operator) || !Directory.Exists(session.Settings.Jobs)) return;
        try
        {
            var before = session.Store.Read(JobBook.All);
            if (session.SharesWithWorkers && before.Count > 0) return;
            if (IsKnown(JobFolder.ReadAll(session.Settings.Jobs), before, session.Settings.ActivateByItself)) return;
            await session.Product.ReadJobs();
            foreach (var news in News(before, session.Store.Read(JobBook.All))) session.Terminal.Complain(news);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            session.Terminal.Complain($"The jobs folder could not be read, so the last good jobs go on: {e.Message}");
        }
    }

    private static bool IsKnown(IReadOnlyList<JobFolder> folders, IReadOnlyList<BookedJob> booked, bool auto)
    {
        var present = booked.Where(job => job.Present).ToList();
        return present.Count == folders.Count && folders.All(folder => present.Exists(job =>
            job.Folder == folder.Name && job.Proposed == folder.Version && job.Problem is null
            && !(auto && job.Waits)));
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
