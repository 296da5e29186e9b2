using ProactiveCare.Notices;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Jobs.Reading;

/// <summary>Reads a job's folder: returns the job, or all errors at once.</summary>
/// <param name="cronError">Returns the error in a Quartz cron expression; null for a valid one.</param>
/// <param name="evidence">The names of a job's evidence, which its notices may use; it may add problems of the
/// detector. Without it the content of notices is not checked.</param>
/// <param name="shortestPause">Returns the shortest pause between firings, which <c>expectEvery</c> is compared
/// with.</param>
public sealed class JobLoader(
    Func<string, string?> cronError, EvidenceOf? evidence = null, Func<string, Duration>? shortestPause = null)
{
    /// <summary>The file that identifies a job's folder.</summary>
    public const string JobFile = "job.yaml";

    /// <summary>Reads a job from the bytes of its folder. The folder's own name does not matter.</summary>
    /// <param name="folder">The bytes.</param>
    /// <param name="judges">Whether the content of notices is checked; that of a stored version already was.</param>
    public JobLoad Load(JobFolder folder, bool judges = true)
    {
        if (folder.Trouble is { } trouble)
            return new JobLoad(folder, null, [new JobProblem(JobFile, 0, "", $"cannot be read: {trouble}")]);
        var found = new List<JobProblem>();
        var job = ReadJob(folder, found);
        if (judges && job is not null && shortestPause is not null) CheckSilence(job, shortestPause, found);
        var notices = Notices(folder, job?.Pays == true, found);
        if (judges && job is not null && evidence is not null) Judge(job, notices, evidence, found);
        if (folder.Files.TryGetValue(JobExamples.File, out var examples))
        {
            if (job?.Detect.IsElsewhere == true)
                found.Add(new JobProblem(JobExamples.File, 0, "", "cannot be run: its rows are put into the product's "
                    + $"own store, and the job asks the source {job.Detect.Source}. Take the file out."));
            JobExamples.Read(folder, examples, found);
        }
        return new JobLoad(
            folder, found.Count == 0 ? job : null,
            [.. found.OrderBy(p => p.File, StringComparer.Ordinal).ThenBy(p => p.Line)])
        {
            Draft = found.Exists(Decides) ? null : job,
        };
    }

    // Statement and notices are judged beside other errors, as far as those leave anything to judge.
    private static void Judge(Job job, List<NoticeFile> notices, EvidenceOf evidence, List<JobProblem> found)
    {
        IReadOnlyCollection<string>? names = null;
        if (job.Detect is not SqlDetector { Sql: "" })
        {
            var isReported = found.Exists(problem => problem.Key is "detect.sql");
            var wrong = new List<JobProblem>();
            names = evidence(job, wrong);
            found.AddRange(wrong.Where(problem => !isReported || !problem.Message.StartsWith('@')));
        }
        if (!found.Exists(problem => problem.Key == "remedy")) CheckNotices(job, notices, names, found);
    }

    // Whether an error can change what examples come to. A misspelt key stands for the one that it is nearest to.
    private static bool Decides(JobProblem problem)
    {
        var key = problem.Key.Split('.')[0];
        return problem.File == JobFile
            ? (Nearest.To(key, JobReader.Table.Known[""]) ?? key)
                is not ("owner" or "description" or "schedule" or "notice" or "entitlement")
            : !problem.File.StartsWith("notice", StringComparison.Ordinal);
    }

    /// <summary>Reads every job below a folder; two jobs with one id are both errors.</summary>
    /// <exception cref="IOException">The jobs folder cannot be read.</exception>
    public IReadOnlyList<JobLoad> LoadAll(string jobsFolder)
    {
        var loads = JobFolder.ReadAll(jobsFolder).Select(folder => Load(folder)).ToList();
        var twice = loads.Where(load => load.Job is not null)
            .GroupBy(load => load.Job!.Id)
            .Where(jobs => jobs.Count() > 1)
            .ToDictionary(jobs => jobs.Key, jobs => string.Join(" and ", jobs.Select(load => load.Folder.Name)));
        return
        [
            .. loads.Select(load => load.Job is { } job && twice.TryGetValue(job.Id, out var folders)
                ? new JobLoad(
                    load.Folder, null, [new JobProblem(JobFile, 0, "id", $"'{job.Id}' is used by {folders}.")])
                : load),
        ];
    }

    private Job? ReadJob(JobFolder folder, List<JobProblem> found)
    {
        var problems = new Problems(JobFile, found);
        if (!folder.Files.TryGetValue(JobFile, out var bytes))
            problems.Add(0, "", "is missing; a job's folder has a job.yaml.");
        else if (YamlTree.Read(bytes, problems) is { } map)
            return JobReader.Read(map, folder, cronError, problems);
        return null;
    }

    private static void CheckSilence(Job job, Func<string, Duration> shortestPause, List<JobProblem> found)
    {
        if (found.Exists(problem => problem.Key == "schedule.cron")) return;
        var pause = shortestPause(job.Schedule.Cron);
        if (job.Schedule.ExpectEvery >= pause || pause == Duration.MaxValue) return;
        found.Add(new JobProblem(JobFile, 0, "schedule.expectEvery",
            $"is {Scalars.DurationShort(job.Schedule.ExpectEvery)}, but by schedule.cron two runs are never less than "
            + $"{Scalars.DurationShort(pause)} apart, so that it would be an alarm all the time. Write that or more."));
    }

    private static void CheckNotices(
        Job job, List<NoticeFile> notices, IReadOnlyCollection<string>? evidence, List<JobProblem> found)
    {
        foreach (var notice in notices)
        {
            if (YamlTree.Decode(job.Folder.Files[notice.Name]) is not { } text)
                found.Add(new JobProblem(notice.Name, 0, "", "is not UTF-8 text; save it as UTF-8."));
            else
                found.AddRange(NoticeLint.Check(notice.Name, text, Reported(notice, job.Remedy), evidence)
                    .Select(problem => new JobProblem(problem.File, problem.Line, "", problem.Message)));
        }
    }

    /// <summary>All templates of a folder; a file that begins with <c>notice</c> and is none is a problem.</summary>
    private static List<NoticeFile> Notices(JobFolder folder, bool pays, List<JobProblem> problems)
    {
        var files = new List<NoticeFile>();
        var names = folder.Files.Keys.Where(name => name.StartsWith("notice", StringComparison.OrdinalIgnoreCase));
        foreach (var name in names)
        {
            if (NoticeFile.Parse(name) is { } file)
                files.Add(file);
            else
                problems.Add(new JobProblem(name, 0, "", "must be called notice.<locale>.md or "
                    + "notice.<locale>.<event>.md with an event of refunded, credited, held, withdrawn or alert."));
        }

        if (!files.Exists(file => file is { Locale: NoticeFile.Fallback, Event: null }))
            problems.Add(new JobProblem("notice.en.md", 0, "", "is missing; it serves every customer without a "
                + "template in their own language."));
        if (pays && !files.Exists(file => file.Locale == NoticeFile.Fallback && file.Event == NoticeEvent.Held))
            problems.Add(new JobProblem("notice.en.held.md", 0, "", "is missing; it tells a customer whose money "
                + "waits for a person that we know and that they need do nothing."));
        var lacking = files.Where(f => f.Event is { } own && own != NoticeEvent.Held && !files.Exists(e => Same(f, e)));
        foreach (var file in lacking)
            problems.Add(new JobProblem(file.Name, 0, "", $"needs notice.en.{file.Event}.md beside "
                + "it, for every customer without a template in their own language."));
        return files;

        static bool Same(NoticeFile file, NoticeFile other) =>
            other.Locale == NoticeFile.Fallback && other.Event == file.Event;
    }

    private static IReadOnlyList<NoticeEvent> Reported(NoticeFile notice, Remedy remedy) => notice.Event is { } own
        ? [own]
        : remedy switch
        {
            RefundRemedy { Otherwise.Count: > 0 } => [NoticeEvent.Refunded, NoticeEvent.Credited],
            RefundRemedy => [NoticeEvent.Refunded],
            CreditRemedy => [NoticeEvent.Credited],
            _ => [NoticeEvent.Alert],
        };
}

/// <summary>The names of the evidence of a job's detector, in lower_snake: the further columns of its statement, or the
/// fields of a typed detector; null where its statement cannot be prepared. Adds problems of the detector to the
/// collection.</summary>
public delegate IReadOnlyCollection<string>? EvidenceOf(Job job, ICollection<JobProblem> found);

/// <summary>A folder as far as it could be read.</summary>
/// <param name="Folder">The folder, byte for byte.</param>
/// <param name="Job">The job; null when there is an error.</param>
/// <param name="Problems">All errors, by file and line.</param>
public sealed record JobLoad(JobFolder Folder, Job? Job, IReadOnlyList<JobProblem> Problems)
{
    /// <summary>The job as far as its examples need it: its errors, if any, change no decision.</summary>
    public Job? Draft { get; init; } = Job;
}

/// <summary>An error in a job's folder, worded so that the author knows the remedy.</summary>
/// <param name="File">The file, relative to the job's folder.</param>
/// <param name="Line">The line, from 1; 0 when the file as a whole is meant.</param>
/// <param name="Key">The path of keys, such as <c>limits.budget.per</c>; empty when no key is meant.</param>
/// <param name="Message">The expected and the given value.</param>
public sealed record JobProblem(string File, int Line, string Key, string Message)
{
    /// <summary>The place and the message on one line, as compilers write it.</summary>
    public override string ToString() =>
        (Line > 0 ? $"{File}:{Line}: " : $"{File}: ") + (Key.Length > 0 ? $"{Key}: " : "") + Message;
}
