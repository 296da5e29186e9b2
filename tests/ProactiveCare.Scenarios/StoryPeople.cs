using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Payments;

namespace ProactiveCare.Scenarios;

/// <summary>The actions of staff: operators edit, stop and accept jobs, finance decides about credits.</summary>
internal sealed partial class Story
{
    public Actor User(string name, string roles) => Write(db =>
        Actors.Get(db, Actors.AddUser(db, default, name, name, name + "@company.example", roles, Now)));

    public void CopyJob(string shipped, string folder)
    {
        var to = Directory.CreateDirectory(Path.Combine(Jobs, folder)).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "jobs", shipped)))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
    }

    /// <summary>Replaces a text of a file in a job's folder, and has the folders read again.</summary>
    public Story Edit(string job, string from, string to, string file = "job.yaml")
    {
        Assert.Empty(TryEdit(job, from, to, file));
        return this;
    }

    /// <summary>As <see cref="Edit"/>, for an edit that may be wrong.</summary>
    public IReadOnlyList<JobProblem> TryEdit(string job, string from, string to, string file = "job.yaml")
    {
        var path = Path.Combine(Jobs, job, file);
        var text = File.ReadAllText(path);
        Assert.Contains(from, text);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
        return ReadJobs();
    }

    /// <summary>Edits slow-video-stream.</summary>
    public Story With(string from, string to) => Edit("slow-video-stream", from, to);

    public IReadOnlyList<JobProblem> ReadJobs() => [.. Do(Product.Intake.ReadAll()).SelectMany(load => load.Problems)];

    public Story Accept(string job, Actor? by = null)
    {
        Write(db => Product.Book.Accept(db, new JobId(job), (by ?? Ops).Id, new { }, Now));
        return this;
    }

    public Story Stop(string kind, string job = "slow-video-stream", string reason = "a CDN is down",
        Instant? until = null)
    {
        Write(db => JobStops.Begin(db, new JobId(job), new JobStop(StopKind.Parse(kind), reason, "", Now, until),
            Ops.Id));
        return this;
    }

    public Story EndStop(string kind, string job = "slow-video-stream")
    {
        Write(db => JobStops.End(db, new JobId(job), StopKind.Parse(kind), "it is over", Ops.Id, Now));
        return this;
    }

    /// <summary>Has slow-video-stream look again at what was received in so many days, and all before.</summary>
    public Story Backfill(int days = 30)
    {
        var run = Do(Product.Runner.Backfill(new JobId("slow-video-stream"), Now - Duration.FromDays(days), Ops.Id));
        Assert.Equal(RunState.Completed, run.State);
        return GoOn();
    }

    /// <summary>Finance approves every credit that waits.</summary>
    public Story Approve(Actor? by = null)
    {
        foreach (var credit in Credits().Where(c => c.State == CreditState.Pending))
            Write(db => Approvals.Approve(db, credit.Id, Decider(db, credit, by), Budget(db, credit), Now));
        return GoOn();
    }

    /// <summary>Finance rejects every credit that waits.</summary>
    public Story Reject(string reason, Actor? by = null)
    {
        foreach (var credit in Credits().Where(c => c.State == CreditState.Pending))
            Write(db => Approvals.Reject(db, credit.Id, Decider(db, credit, by), reason, Now));
        return GoOn();
    }

    private Decider Decider(System.Data.Common.DbConnection db, Credit credit, Actor? by) =>
        new(by ?? Finance, JobBook.Authors(db, credit.JobId));

    private DayBudget? Budget(System.Data.Common.DbConnection db, Credit credit) =>
        Product.Releases.DayBudget(Product.Book.Due(db, credit.JobId)[0].Job, credit, Now);
}
