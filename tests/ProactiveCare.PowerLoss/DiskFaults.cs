using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;

namespace ProactiveCare.PowerLoss;

/// <summary>
/// The company on a disk that is full for a while, or in folders without access for a while. It has a process of
/// its own, with a disk of its own. Every refusal has a text for people, and the company resumes by itself.
/// </summary>
internal static class DiskFaults
{
    private const int Kilobyte = 1024;

    /// <summary>Works on a small disk that fills up at other moments of each hour.</summary>
    /// <returns>What was refused, one line each; what should not be begins with <c>wrong</c>.</returns>
    public static IEnumerable<string> Full(string root, IReadOnlyList<Hour> hours)
    {
        var said = new Said();
        using (var company = new Company(root, said.Take, new Said()))
        {
            var ballast = Path.Combine(root, "ballast");
            foreach (var hour in hours)
            {
                company.Until(hour);
                Fill(ballast, leave: hour.Number * 48 * Kilobyte);
                foreach (var line in Refused(() => Live(company, hour))) yield return line;
                if (hour.Number == 0 && company.Store.Trouble is null) yield return "wrong: nothing troubles the store";
                foreach (var line in Refused(() => company.BackUp("full.db"))) yield return line;
                File.Delete(ballast);
                Live(company, hour);
                if (company.Store.Trouble is { } still) yield return "wrong: " + still;
                Directory.Delete(Path.Combine(root, "data", "backups"), recursive: true);
            }
        }
        foreach (var line in Wrong(root, hours, said)) yield return line;
    }

    /// <summary>Works in folders that nobody may write or read for a while.</summary>
    public static IEnumerable<string> Closed(string root, IReadOnlyList<Hour> hours)
    {
        var said = new Said();
        using (var company = new Company(root, said.Take, new Said()))
        {
            Live(company, hours[0]);
            foreach (var (hour, folder) in hours.Skip(1).Zip(["outbox", "refunds/out", "refunds/in", "backups", ""]))
            {
                company.Until(hour);
                var closed = Directory.CreateDirectory(Path.Combine(root, "data", folder));
                var open = closed.UnixFileMode;
                closed.UnixFileMode = folder == "refunds/in" ? UnixFileMode.None
                    : UnixFileMode.UserRead | UnixFileMode.UserExecute;
                var lines = Refused(() => Live(company, hour)).ToList();
                if (folder is "backups" or "")
                    lines.AddRange(Refused(() => company.BackUp(folder.Length == 0 ? "../b.db" : "b.db")));
                closed.UnixFileMode = open;
                if (lines.Count == 0) yield return $"wrong: {folder} was not closed";
                foreach (var line in lines) yield return line;
                Live(company, hour);
            }
            var jobs = Directory.CreateDirectory(Path.Combine(root, "jobs", "one")).Parent!;
            jobs.UnixFileMode = UnixFileMode.None;
            yield return "a jobs folder that may not be read: " + FolderWatch.Print(jobs.FullName);
            jobs.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }
        foreach (var line in Wrong(root, hours, said)) yield return line;
    }

    private static void Live(Company company, Hour hour)
    {
        company.Hour(hour);
        company.GoOn();
    }

    private static IEnumerable<string> Wrong(string root, IReadOnlyList<Hour> hours, Said said)
    {
        var recording = new Recording([], said.Mailed.Select(mail => mail.Hash).ToHashSet(StringComparer.Ordinal));
        var examination = new Examination(root, hours, said, recording);
        examination.Look(andOn: true);
        return examination.Problems.Select(problem => "wrong: " + problem);
    }

    // Errors for people: the product's own texts, or those of the system about a file.
    private static IEnumerable<string> Refused(Action work)
    {
        try
        {
            work();
            return [];
        }
        catch (Exception e) when (e is StorageException or IOException or UnauthorizedAccessException
            or InvalidOperationException)
        {
            return [$"refused: {e.Message}"];
        }
        catch (Exception e)
        {
            return [$"wrong: {e.GetType().Name}: {e.Message}"];
        }
    }

    private static void Fill(string ballast, int leave)
    {
        using (var file = new FileStream(ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            try
            {
                while (true) file.Write(new byte[4 * Kilobyte]);
            }
            catch (IOException)
            {
                file.SetLength(Math.Max(0, file.Length - leave));
            }
        }
    }
}
