using System.Collections.Concurrent;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Detection.Jobs;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Cases;

/// <summary>
/// Works a job off: store the run, detect, stage, decide in batches. A crash anywhere leaves a run that the next call
/// goes on with.
/// </summary>
public sealed class JobRunner(Store store, JobBook book, CaseDesk desk, TimeProvider time)
{
    private const int Batch = 250;

    // Whoever asks for a job that is at work, by the clock or by hand, waits for its turn and finds what is left.
    private readonly ConcurrentDictionary<JobId, SemaphoreSlim> turns = new();

    /// <summary>Everything that is due for a job since its cursor; nothing when it is paused.</summary>
    /// <returns>The runs, one for each mode that the job runs in.</returns>
    public Task<IReadOnlyList<Run>> RunDue(JobId id, string cause, ActorId? by = null) =>
        InTurn(id, () => RunAll(id, cause, by));

    /// <summary>Looks again at what was received since an instant, with the version that acts.</summary>
    public Task<Run> Backfill(JobId id, Instant from, ActorId by) => InTurn(id, async () =>
    {
        var run = await store.Write(db =>
        {
            var scheduled = book.Due(db, id)[0];
            return Runs.Backfill(db, scheduled.Job, scheduled.Mode, from, by, time.Now());
        });
        return await WorkOff(run);
    });

    private async Task<T> InTurn<T>(JobId id, Func<Task<T>> work)
    {
        var turn = turns.GetOrAdd(id, _ => new SemaphoreSlim(1));
        await turn.WaitAsync();
        try
        {
            return await work();
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<IReadOnlyList<Run>> RunAll(JobId id, string cause, ActorId? by)
    {
        var now = time.Now();
        var due = await store.Write(db => JobStops.IsPaused(db, id, now) ? [] : book.Due(db, id));
        var runs = new List<Run>();
        foreach (var scheduled in due)
        {
            var run = await store.Write(
                db => Runs.Begin(db, scheduled.Job, scheduled.Mode, cause, by ?? Actors.System(db, now), now));
            runs.Add(await WorkOff(run));
            await DecideAgain(scheduled);
        }
        return runs;
    }

    private async Task<Run> WorkOff(Run run)
    {
        // A run that a crash left is finished with the version that it began with.
        var scheduled = new ScheduledJob(store.Read(db => book.Load(db, run.JobId, run.Version)), run.Mode);
        try
        {
            if (run.State == "stored") run = await Detect(run, scheduled.Job);
            while (run.State == "staged") run = await DecideNext(run, scheduled);
        }
        catch (QueryException e)
        {
            run = await store.Write(db =>
            {
                Runs.Fail(db, run.Id, e.Message, time.Now());
                return Runs.Get(db, run.Id);
            });
        }
        return run;
    }

    /// <summary>What a job finds in what a run sees; nothing is stored.</summary>
    /// <exception cref="QueryException">The statement was refused, interrupted or too broad.</exception>
    public static IReadOnlyList<Finding> Find(Store store, Job job, Run run, TimeProvider time) =>
        job.Detect switch
        {
            SqlDetector sql => SqlDetection.Find(store.Folder, sql, run, time),
            HazardDetector hazard => store.Read(db => HazardDetection.Find(db, hazard, run)),
            _ => throw new InvalidOperationException($"{job.Id} detects in a way that this program does not know."),
        };

    private async Task<Run> Detect(Run run, Job job)
    {
        var findings = Find(store, job, run, time);
        var first = 1;
        foreach (var chunk in findings.Chunk(2000))
        {
            var from = first;
            await store.Write(db => Runs.Stage(db, run.Id, from, chunk));
            first += chunk.Length;
        }
        return await store.Write(db =>
        {
            Runs.Staged(db, run.Id, findings.Count);
            return findings.Count == 0 ? Runs.Decided(db, run, 0, 0, time.Now()) : Runs.Get(db, run.Id);
        });
    }

    private Task<Run> DecideNext(Run run, ScheduledJob scheduled) => store.Write(db =>
    {
        var findings = Runs.Next(db, run, Batch);
        var opened = findings.Count(finding => desk.Care(db, scheduled, run.Id, finding, run.NowAt).IsNew);
        return Runs.Decided(db, run, findings.Count, opened, time.Now());
    });

    // Cases that waited for a customer or purchase, and held-out ones whose time has come.
    private async Task DecideAgain(ScheduledJob scheduled)
    {
        var now = time.Now();
        int changed;
        do
        {
            changed = await store.Write(db => CareCases.DecideAgain(db, scheduled.Job.Id, scheduled.Mode, now, Batch)
                .Count(waiting => desk.Care(db, scheduled, null, waiting.Finding, now).Verdict is not null));
        }
        while (changed > 0);
    }
}
