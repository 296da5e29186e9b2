using System.Collections.Concurrent;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Cases;

/// <summary>
/// Executes a job: store the run, detect, stage, decide in batches. A crash anywhere leaves a run that the next call
/// continues.
/// </summary>
/// <param name="store">The database.</param>
/// <param name="book">The jobs.</param>
/// <param name="desk">Decides the findings.</param>
/// <param name="time">The clock.</param>
/// <param name="sources">Engines besides the store that hold telemetry.</param>
public sealed class JobRunner(
    Store store, JobBook book, CaseDesk desk, TimeProvider time, Sources? sources = null)
{
    // Large enough to amortise a durable commit; it takes a tenth of a second of the writer's time.
    private const int Batch = 2000;
    // Smaller beside other nodes, which wait for the customers of a batch.
    private const int SharedBatch = 500;

    private readonly bool isShared = store.IsShared;

    // Runs of one job are serialised; a second caller waits and processes what is left.
    private readonly ConcurrentDictionary<JobId, SemaphoreSlim> turns = new();

    /// <summary>The name of this node in its leases.</summary>
    public string Node { get; init; } = Environment.MachineName;

    private int BatchSize => isShared ? SharedBatch : Batch;

    private LeaseOwner Me => new(Node, !isShared, time.Now());

    /// <summary>Runs everything that is due for a job since its cursor; nothing when it is paused.</summary>
    /// <param name="id">The job.</param>
    /// <param name="cause"><c>schedule</c> or <c>manual</c>.</param>
    /// <param name="by">The user who requested it; null for the worker itself.</param>
    /// <param name="stop">Stops between two batches; the next call continues there.</param>
    /// <returns>The runs, one for each mode of the job; one that other nodes share may not be completed yet.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="JobException">Another node runs the job, and it was requested by hand.</exception>
    public Task<IReadOnlyList<Run>> RunDue(
        JobId id, string cause, ActorId? by = null, CancellationToken stop = default) =>
        InTurn(id, () => RunAll(id, cause, by, stop), stop);

    /// <summary>Runs the live version over everything received since an instant.</summary>
    public Task<Run> Backfill(JobId id, Instant from, ActorId by) => InTurn(id, async () =>
    {
        await Numbering.Run(store);
        var (run, lease) = await store.Write(db =>
        {
            var scheduled = book.Acting(db, id);
            return Leased(db, Runs.Backfill(db, scheduled.Job, scheduled.Mode, from, by, time.Now()));
        });
        return await WorkOff(run, lease, CancellationToken.None);
    }, CancellationToken.None);

    /// <summary>
    /// Continues runs of any job: those whose lease has ended, and shares of large runs that no node has leased yet.
    /// </summary>
    /// <param name="stop">Stops between two batches.</param>
    /// <returns>The processed runs.</returns>
    public async Task<IReadOnlyList<Run>> RunOnce(CancellationToken stop)
    {
        var worked = new List<Run>();
        foreach (var run in store.Read(db => Runs.Left(db, time.Now())))
        {
            var turn = turns.GetOrAdd(run.JobId, _ => new SemaphoreSlim(1));
            // Another thread processes the job, or this program cannot read the version.
            if (store.Read(db => book.Find(db, run.JobId, run.Version, out _)) is null || !turn.Wait(0, stop)) continue;
            try
            {
                var lease = run.State == RunState.Stored ? await store.Share(db => RunLeases.Acquire(db, run.Id, Me))
                    : null;
                worked.Add(await WorkOff(run, lease, stop));
            }
            finally
            {
                turn.Release();
            }
        }
        return worked;
    }

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
        var due = await store.Write(db => JobStops.IsPaused(db, id, now) ? []
            : book.Due(db, id) is { Count: > 0 } versions ? versions : [book.Acting(db, id)]);
        var runs = new List<Run>();
        foreach (var scheduled in due)
        {
            await Numbering.Run(store, stop);
            // Its version may have been accepted a moment ago; then nothing runs in that mode any more.
            var (run, lease) = await store.Write<(Run? Run, RunLease? Lease)>(db =>
                book.Due(db, id).Any(still => still.Mode == scheduled.Mode)
                    ? Leased(db, Runs.Begin(
                        db, scheduled.Job, scheduled.Mode, cause, by ?? Actors.System(db, now), now))
                    : default);
            if (run is null) continue;
            if (run.State == RunState.Stored && lease is null && by is not null)
            {
                throw new JobException(
                    $"Another node is detecting for run {run.Id} of {id}, and goes on with it; nothing was done here.");
            }
            run = await WorkOff(run, lease, stop);
            runs.Add(run);
            if (run.State.IsOneOf(RunState.Completed, RunState.Failed)) await DecideAgain(scheduled, stop);
        }
        return runs;
    }

    // A run interrupted by a crash is finished with its own version.
    private (Run Run, RunLease? Lease) Leased(DbConnection db, Run run) =>
        (run, RunLeases.Acquire(db, run.Id, Me));

    private async Task<Run> WorkOff(Run run, RunLease? lease, CancellationToken stop)
    {
        using var activity = CaseMetrics.Begin(run);
        var scheduled = new ScheduledJob(store.Read(db => book.Load(db, run.JobId, run.Version)), run.Mode);
        try
        {
            if (lease is not null) await Detect(run, lease, scheduled.Job, stop);
            while (await store.Share(db => FindingBatches.Acquire(db, run.Id, Me)) is { } shard)
                await DecideAll(run, shard, scheduled, stop);
        }
        catch (LeaseLostException)
        {
            // The node that has the lease continues.
        }
        run = store.Read(db => Runs.Get(db, run.Id));
        CaseMetrics.Ended(run, activity);
        return run;
    }

    /// <summary>Detects for a run; nothing is stored.</summary>
    /// <exception cref="QueryException">The statement was refused, interrupted or too broad.</exception>
    public static IReadOnlyList<Finding> Find(
        Store store, Job job, Run run, TimeProvider time, Sources? sources = null) =>
        job.Detect switch
        {
            SqlDetector sql => new SqlDetection(store.Folder, sources ?? Sources.None, time).Find(sql, run),
            HazardDetector hazard => store.Read(db => HazardDetection.Find(db, hazard, run)),
            _ => throw new InvalidOperationException($"{job.Id} detects in a way that this program does not know."),
        };

    // A statement may take longer than a lease.
    private async Task<IReadOnlyList<Finding>> Find(Run run, RunLease lease, Job job)
    {
        await using var renewing = isShared
            ? time.CreateTimer(_ => _ = Renew(lease), null, LeaseOwner.RenewEvery, LeaseOwner.RenewEvery)
            : null;
        return Find(store, job, run, time, sources);
    }

    private async Task Renew(RunLease lease)
    {
        try
        {
            await store.Share(db => RunLeases.Renew(db, lease, Me));
        }
        catch (Exception e) when (e is StorageException or ObjectDisposedException)
        {
            // Renewed by the next attempt; otherwise another node takes the lease.
        }
    }

    private async Task Detect(Run run, RunLease lease, Job job, CancellationToken stop)
    {
        try
        {
            var began = time.GetTimestamp();
            var findings = await Find(run, lease, job);
            var took = time.GetElapsedTime(began);
            var first = 1;
            foreach (var chunk in findings.Chunk(BatchSize))
            {
                stop.ThrowIfCancellationRequested();
                var from = first;
                await store.Share(db => RunLeases.Stage(db, lease, from, chunk, Me));
                first += chunk.Length;
            }
            await store.Share(db =>
            {
                RunLeases.Staged(db, lease, findings.Count);
                if (findings.Count == 0) Runs.CountDecided(db, run, 0, 0, time.Now());
            });
            CaseMetrics.Detected(run, findings.Count, took);
        }
        catch (QueryException e)
        {
            await store.Share(db => RunLeases.Fail(db, lease, e.Message, time.Now()));
        }
        catch (OperationCanceledException)
        {
            await store.Share(db => RunLeases.Release(db, lease, time.Now()));
            throw;
        }
    }

    // While one batch is decided the next one is read, where the store has its own thread.
    private async Task DecideAll(Run run, FindingBatch shard, ScheduledJob scheduled, CancellationToken stop)
    {
        try
        {
            var next = Next(shard, shard.NextNumber);
            while (next.Count > 0)
            {
                stop.ThrowIfCancellationRequested();
                var deciding = Decide(run, shard, scheduled, next);
                next = Next(shard, shard.NextNumber + next.Count);
                shard = await deciding;
            }
        }
        catch (OperationCanceledException)
        {
            await store.Share(db => FindingBatches.Release(db, shard, time.Now()));
            throw;
        }
    }

    private IReadOnlyList<Finding> Next(FindingBatch shard, long from) =>
        store.Read(db => FindingBatches.Next(db, shard, from, BatchSize));

    private async Task<FindingBatch> Decide(Run run, FindingBatch shard, ScheduledJob scheduled,
        IReadOnlyList<Finding> findings)
    {
        var (moved, decided) = await store.Share(db =>
        {
            var next = FindingBatches.Advance(db, shard, findings.Count, Me);
            var batch = desk.Begin(db, scheduled, run.Id, run.NowAt);
            Runs.CountDecided(db, run, findings.Count, batch.DecideAll(findings), time.Now());
            return (next, batch);
        });
        CaseMetrics.Decided(scheduled, decided.Verdicts);
        return moved;
    }

    // Cases that waited for a customer or purchase, and held-out ones that are due.
    private async Task DecideAgain(ScheduledJob scheduled, CancellationToken stop)
    {
        var now = time.Now();
        int changed;
        do
        {
            stop.ThrowIfCancellationRequested();
            (changed, var decided) = await store.Write(db =>
            {
                var again = CareCases.DecideAgain(db, scheduled.Job.Id, scheduled.Mode, now, Batch);
                var batch = desk.Begin(db, scheduled, null, now);
                return (batch.DecideAgain([.. again.Select(one => one.Finding)]), batch);
            });
            CaseMetrics.Decided(scheduled, decided.Verdicts);
        }
        while (changed > 0);
    }
}
