using System.Collections.Concurrent;
using System.Text.Json;
using ProactiveCare.Audit;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Jobs;

/// <summary>Detection cannot execute the request; the message says why and what to do.</summary>
public sealed class JobException(string message, RefusalCode code = RefusalCode.Conflict)
    : RefusedException(message, code);

/// <summary>A stored job.</summary>
/// <param name="Id">The job.</param>
/// <param name="Proposed">The newest version that its folder proposed.</param>
/// <param name="Active">The version that acts; null before any was accepted.</param>
/// <param name="Folder">The name of its folder.</param>
/// <param name="Owner">The address of the person responsible.</param>
/// <param name="Present">Whether its folder exists.</param>
/// <param name="Problem">The errors in its folder now; the last good version stays in use.</param>
public sealed record BookedJob(
    JobId Id, JobVersion Proposed, JobVersion? Active, string Folder, string Owner, bool Present, string? Problem)
{
    /// <summary>Whether the proposed version waits for acceptance.</summary>
    public bool Waits => Active != Proposed;
}

/// <summary>A version of a job to run, and whether it acts.</summary>
public sealed record ScheduledJob(Job Job, string Mode);

/// <summary>The versions of all jobs, and which of them act. Folders propose versions, people accept them. A stored
/// version that this program cannot read stops only its own job.</summary>
public sealed class JobBook(JobLoader loader)
{
    private readonly ConcurrentDictionary<JobVersion, Job> jobs = new();

    /// <summary>The reader of job folders.</summary>
    public JobLoader Loader => loader;

    /// <summary>Stores the jobs of the folders; an invalid folder changes nothing but its problem.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="loads">The content of every folder.</param>
    /// <param name="auto">Whether a version acts without being accepted.</param>
    /// <param name="now">The present.</param>
    public void Propose(DbConnection db, IReadOnlyList<JobLoad> loads, bool auto, Instant now)
    {
        db.Execute($"UPDATE job SET present = 0 WHERE folder NOT IN ({db.Elements("@folders")})",
            new { folders = Lists.Json(loads.Select(l => l.Folder.Name)) });
        foreach (var load in loads)
        {
            if (load.Job is { } job)
            {
                // A folder with a new id no longer belongs to its former job.
                db.Execute(
                    "UPDATE job SET present = 0 WHERE folder = @Name AND job_id <> @Id",
                    new { load.Folder.Name, job.Id });
                Propose(db, job, auto, now);
            }
            else
            {
                db.Execute(
                    "UPDATE job SET problem = @problem, present = 1 WHERE folder = @Name",
                    new { problem = string.Join('\n', load.Problems), load.Folder.Name });
            }
        }
    }

    /// <summary>Activates the proposed version of a job, and records who accepted it.</summary>
    /// <exception cref="JobException">There is no such job, or nothing to accept.</exception>
    public void Accept(DbConnection db, JobId id, ActorId by, object wouldCost, Instant now)
    {
        var booked = Get(db, id);
        if (!booked.Waits) throw new JobException(
            $"The newest version of {id} acts already; there is nothing to accept.");
        Activate(db, Load(db, id, booked.Proposed), by, wouldCost, now);
        AuditLog.Append(db, new AuditEvent(by, "job.accept", $"job:{id}", new { booked.Proposed.Value, wouldCost }),
            now);
    }

    /// <summary>Keeps a job that was read already, so that its stored version is not read.</summary>
    internal void Know(Job job) => jobs.TryAdd(job.Version, job);

    /// <summary>The versions to run when a job is due: the one that acts and, in shadow, the one that waits. Nothing of
    /// a job runs while the version that acts is unreadable, and an unreadable one that waits is left out.</summary>
    public IReadOnlyList<ScheduledJob> Due(DbConnection db, JobId id)
    {
        var booked = Get(db, id);
        var due = new List<ScheduledJob>();
        if (booked.Active is { } active)
        {
            if (Find(db, id, active, out _) is not { } job) return due;
            due.Add(new ScheduledJob(job, job.Rollout.Shadow ? Mode.Shadow : Mode.Live));
        }
        if (booked.Waits && due.All(d => d.Mode != Mode.Shadow)
            && Find(db, id, booked.Proposed, out _) is { } waiting) due.Add(new ScheduledJob(waiting, Mode.Shadow));
        return due;
    }

    /// <summary>The version that acts or, before one was accepted, the proposed one in shadow.</summary>
    /// <exception cref="JobException">There is no such job, or this program cannot read the version.</exception>
    public ScheduledJob Acting(DbConnection db, JobId id) => Due(db, id) is [var acting, ..]
        ? acting
        : throw new JobException(Problem(db, Get(db, id)) ?? $"{id} has no version to run.");

    /// <summary>The jobs with a version to run that this program cannot read, and why.</summary>
    public IReadOnlyDictionary<JobId, string> Unreadable(DbConnection db) => All(db).Where(booked => booked.Present)
        .Select(booked => (booked.Id, Problem: Problem(db, booked))).Where(each => each.Problem is not null)
        .ToDictionary(each => each.Id, each => each.Problem!);

    /// <summary>The arrival up to which all jobs with a folder have read, in every mode they run in; the newest arrival
    /// when there is no job. Both modes of an unreadable job count, because its mode is not known.</summary>
    public long SeenByAll(DbConnection db) => All(db).Where(booked => booked.Present)
        .SelectMany(booked => Problem(db, booked) is null
            ? Due(db, booked.Id).Select(due => Cursors.Find(db, booked.Id, due.Mode))
            : [Cursors.Find(db, booked.Id, Mode.Live), Cursors.Find(db, booked.Id, Mode.Shadow)])
        .Min() ?? Arrivals.Latest(db);

    /// <summary>Every job ever seen, by id.</summary>
    public static IReadOnlyList<BookedJob> All(DbConnection db) =>
        [.. db.Query<BookedJob>($"{Select} ORDER BY job_id")];

    /// <summary>One job.</summary>
    /// <exception cref="JobException">There is no such job.</exception>
    public static BookedJob Get(DbConnection db, JobId id) =>
        db.QuerySingleOrDefault<BookedJob>($"{Select} WHERE job_id = @id", new { id })
        ?? throw new JobException(
            $"There is no job {id}."
            + (Nearest.To(id.Value, All(db).Select(job => job.Id.Value)) is { } near ? $" Is {near} meant?" : "")
            + " See them with: proactive-care jobs list",
            RefusalCode.NotFound);

    /// <summary>A stored version of a job.</summary>
    /// <exception cref="JobException">This program cannot read it.</exception>
    public Job Load(DbConnection db, JobId id, JobVersion version) =>
        Find(db, id, version, out var problem) ?? throw new JobException(problem!);

    /// <summary>A stored version of a job; null, with the reason, when this program cannot read it.</summary>
    public Job? Find(DbConnection db, JobId id, JobVersion version, out string? problem)
    {
        problem = null;
        if (jobs.TryGetValue(version, out var known)) return known;
        var files = db.QuerySingle<string>("SELECT files FROM job_version WHERE job_id = @id AND version = @version",
            new { id, version });
        try
        {
            var content = JsonSerializer.Deserialize<Dictionary<string, byte[]>>(files) ?? [];
            var load = loader.Load(new JobFolder(id.Value, content), judges: false);
            if (load.Job is { } job) return jobs.GetOrAdd(version, job);
            problem = load.Problems[0].ToString();
        }
        catch (JsonException e)
        {
            problem = e.Message;
        }
        problem = $"Version {version.Short} of {id} cannot be read by this program: {problem.TrimEnd('.')}.";
        return null;
    }

    /// <summary>The version of a job that acts, or else the one that waits.</summary>
    /// <exception cref="JobException">This program cannot read it.</exception>
    public Job Current(DbConnection db, BookedJob booked) => Load(db, booked.Id, booked.Active ?? booked.Proposed);

    private string? Problem(DbConnection db, BookedJob booked)
    {
        string? problem = null;
        if (booked.Active is { } active) Find(db, booked.Id, active, out problem);
        if (problem is null && booked.Waits) Find(db, booked.Id, booked.Proposed, out problem);
        return problem;
    }

    /// <summary>The users who accepted versions of a job: they do not approve its credits.</summary>
    public static IReadOnlyList<ActorId> Authors(DbConnection db, JobId id) =>
        [.. db.Query<ActorId>("SELECT DISTINCT actor_id FROM activation WHERE job_id = @id", new { id })];

    private const string Select =
        """
        SELECT job_id AS id, proposed_version AS proposed,
          (SELECT version FROM activation a WHERE a.job_id = job.job_id ORDER BY activation_id DESC LIMIT 1) AS active,
          folder, owner, present, problem
        FROM job
        """;

    /// <summary>Stores the job of one folder, and leaves the others unchanged.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="job">The job that its folder holds.</param>
    /// <param name="auto">Whether a version acts without being accepted.</param>
    /// <param name="now">The present.</param>
    public void Propose(DbConnection db, Job job, bool auto, Instant now)
    {
        var known = db.QuerySingleOrDefault<BookedJob>($"{Select} WHERE job_id = @Id", new { job.Id });
        if (known is { Problem: null, Present: true } && known.Proposed == job.Version
            && known.Folder == job.Folder.Name
            && (!auto || !known.Waits)) return;
        db.Execute(
            "INSERT INTO job_version (job_id, version, files, proposed_at) VALUES (@Id, @Version, @files, @now) ON "
                + "CONFLICT DO NOTHING",
            new { job.Id, job.Version, files = JsonSerializer.Serialize(job.Folder.Files), now });
        db.Execute(
            """
            INSERT INTO job (job_id, proposed_version, folder, owner, first_seen_at)
            VALUES (@Id, @Version, @Name, @Owner, @now)
            ON CONFLICT (job_id) DO UPDATE
            SET proposed_version = @Version, folder = @Name, owner = @Owner, present = 1, problem = NULL
            """,
            new { job.Id, job.Version, job.Folder.Name, job.Owner, now });
        if (known?.Proposed != job.Version) Audit("job.propose");
        if (known?.Active == job.Version) return;
        var harmless = known?.Active is { } active && Find(db, job.Id, active, out _) is { } acting
            && !JobDiff.ChangesMoney(acting, job);
        if (auto || harmless)
        {
            Activate(db, job, Actors.System(db, now), new { }, now);
            Audit("job.activate");
        }
        else
        {
            Cursors.Start(db, job.Id, Mode.Shadow, Arrivals.Latest(db), now);
        }

        void Audit(string action) => AuditLog.Append(
            db, new AuditEvent(Actors.System(db, now), action, $"job:{job.Id}", new { version = job.Version.Value }),
            now);
    }

    private static void Activate(DbConnection db, Job job, ActorId by, object wouldCost, Instant now)
    {
        var (mode, other) = job.Rollout.Shadow ? (Mode.Shadow, Mode.Live) : (Mode.Live, Mode.Shadow);
        Cursors.Start(db, job.Id, mode, Arrivals.Latest(db), now);
        // If the job runs in that mode again, it starts at the arrivals of that time.
        Cursors.End(db, job.Id, other);
        db.Execute(
            "INSERT INTO activation (job_id, version, actor_id, at, would_cost) VALUES (@Id, @Version, @by, @now, "
                + "@cost)",
            new { job.Id, job.Version, by, now,
                cost = JsonSerializer.Serialize(wouldCost, JsonSerializerOptions.Web) });
    }
}
