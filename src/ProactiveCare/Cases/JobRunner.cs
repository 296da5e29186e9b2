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
    // Enough to share the cost of a durable commit; a tenth of a second's work for the writer.
    private const int Batch = 2000;

    // Whoever asks for a job that is at work, by the clock or by hand, waits for its turn and finds what is left.
    private readonly ConcurrentDictionary<JobId, SemaphoreSlim> turns = new();

    /// <summary>Everything that is due for a job since its cursor; nothing when it is paused.</summary>
    /// <param name="id">The job.</param>
    /// <param name="cause"><c>schedule</c> or <c>manual</c>.</param>
    /// <param name="by">Who asked for it; null for the worker itself.</param>
    /// <param name="stop">Stops between two batches; the next call goes on there.</param>
    /// <returns>The runs, one for each mode that the job runs in.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public Task<IReadOnlyList<Run>> RunDue(
        JobId id, string cause, ActorId? by = null, CancellationToken stop = default) =>
        InTurn(id, () => RunAll(id, cause, by, stop), stop);

    /// <summary>Looks again at what was received since an instant, with the version that acts.</summary>
    public Task<Run> Backfill(JobId id, Instant from, ActorId by) => InTurn(id, async () =>
    {
        var run = await store.Write(db =>
        {
            var scheduled = book.Due(db, id)[0];
            return Runs.Backfill(db, scheduled.Job, scheduled.Mode, from, by, time.Now());
        });
        return await WorkOff(run, CancellationToken.None);
    }, CancellationToken.None);

    private async Task<T> InTurn<T>(JobId id, Func<Task<T>> work, CancellationToken stop)
    {
        var turn = turns.GetOrAdd(id, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(stop);
        try
        {
            return await work();
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<IReadOnlyList<Run>> RunAll(JobId id, string cause, ActorId? by, CancellationToken stop)
    {
        var now = time.Now();
        var due = await store.Write(db => JobStops.IsPaused(db, id, now) ? [] : book.Due(db, id));
        var runs = new List<Run>();
        foreach (var scheduled in due)
        {
            var run = await store.Write(
                db => Runs.Begin(db, scheduled.Job, scheduled.Mode, cause, by ?? Actors.System(db, now), now));
            runs.Add(await WorkOff(run, stop));
            await DecideAgain(scheduled, stop);
        }
        return runs;
    }

    private async Task<Run> WorkOff(Run run, CancellationToken stop)
    {
        // A run that a crash left is finished with the version that it began with.
        var scheduled = new ScheduledJob(store.Read(db => book.Load(db, run.JobId, run.Version)), run.Mode);
        try
        {
            if (run.State == "stored") run = await Detect(run, scheduled.Job, stop);
            if (run.State == "staged") run = await DecideAll(run, scheduled, stop);
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

    private async Task<Run> Detect(Run run, Job job, CancellationToken stop)
    {
        var findings = Find(store, job, run, time);
        var first = 1;
        foreach (var chunk in findings.Chunk(Batch))
        {
            stop.ThrowIfCancellationRequested();
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

    // While one batch is decided the next one is prepared, where the store has a thread of its own.
    private async Task<Run> DecideAll(Run run, ScheduledJob scheduled, CancellationToken stop)
    {
        var next = Prepare(run, run.Decided);
        while (next.Count > 0)
        {
            stop.ThrowIfCancellationRequested();
            var deciding = Decide(run, scheduled, next);
            next = Prepare(run, run.Decided + next.Count);
            run = await deciding;
        }
        return run;
    }

    private List<PreparedFinding> Prepare(Run run, long after) =>
        [.. store.Read(db => Runs.Next(db, run.Id, after, Batch)).Select(f => PreparedFinding.Of(run.JobId, f))];

    private Task<Run> Decide(Run run, ScheduledJob scheduled, List<PreparedFinding> findings) => store.Write(db =>
    {
        var sitting = desk.Sit(db, scheduled, run.Id, run.NowAt);
        var opened = findings.Count(finding => sitting.Care(finding).IsNew);
        return Runs.Decided(db, run, findings.Count, opened, time.Now());
    });

    // Cases that waited for a customer or purchase, and held-out ones whose time has come.
    private async Task DecideAgain(ScheduledJob scheduled, CancellationToken stop)
    {
        var now = time.Now();
        int changed;
        do
        {
            stop.ThrowIfCancellationRequested();
            changed = await store.Write(db =>
            {
                var sitting = desk.Sit(db, scheduled, null, now);
                return CareCases.DecideAgain(db, scheduled.Job.Id, scheduled.Mode, now, Batch)
                    .Count(again => sitting.Care(PreparedFinding.Of(again.JobId, again.Finding)).Verdict is not null);
            });
        }
        while (changed > 0);
    }
}
