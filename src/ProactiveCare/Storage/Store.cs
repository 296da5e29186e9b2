using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Reflection;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Storage.Sqlite;

namespace ProactiveCare.Storage;

/// <summary>The installation's database. Every write of a process goes through one pump: work that waits together
/// shares a commit. The worker gives the pump a thread (<see cref="WaitAndStep"/>); without one, each submitter steps
/// it, so that a simulation stays single-threaded.</summary>
public abstract class Store : IDisposable
{
    private const int MaxWorksPerCommit = 256;

    private static readonly Histogram<double> Durations = Instruments.Meter("Storage").Duration(
        "db.client.operation.duration", "Time of one work in a transaction, without the commit that it shares.");

    private static readonly ConcurrentDictionary<MethodInfo, string> Names = new();

    private readonly Queue<Work> waiting = new();
    private readonly Lock pumping = new();
    // Null in a store opened for reading.
    private readonly TimeProvider? time;
    private readonly Lazy<Installation> installation;
    private DbConnection? writer;
    private bool pumped;
    private bool closed;

    private protected Store(DataFolder folder, DbConnection? writer, TimeProvider? time)
    {
        (Folder, this.writer, this.time) = (folder, writer, time);
        // An outage at the first query must not be cached as the answer.
        installation = new(() => Read(Installation.Load), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>The data folder and server.</summary>
    public DataFolder Folder { get; }

    /// <summary>The properties of the installation that never change.</summary>
    public Installation Installation => installation.Value;

    /// <summary>The company's time zone, which stands in for a customer's that is unknown.</summary>
    public DateTimeZone CompanyZone { get; set; } = DateTimeZone.Utc;

    /// <summary>Whether other processes may write to the same database.</summary>
    public abstract bool IsShared { get; }

    /// <summary>The reason why the last commit was not confirmed, for people; null when it was.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Opens an installation for writing, and migrates its schema (a file after a backup).</summary>
    /// <exception cref="StorageException">There is none, it is locked, or it is not durable here.</exception>
    public static Store Open(DataFolder folder, TimeProvider time)
    {
        folder.RequireInstallation();
        return folder.Server is null
            ? SqliteStore.OpenForWriting(folder, time)
            : PostgresStore.OpenForWriting(folder, time);
    }

    /// <summary>Opens an installation for reading only, beside any worker that holds it.</summary>
    /// <exception cref="StorageException">There is none, or its schema is not this program's.</exception>
    public static Store OpenReadOnly(DataFolder folder)
    {
        folder.RequireInstallation();
        return folder.Server is null ? SqliteStore.OpenForReading(folder) : PostgresStore.OpenForReading(folder);
    }

    /// <summary>Runs work in one durable transaction, exclusive among all writing processes. An exception of the work
    /// rolls back this work only and is passed to the caller.</summary>
    /// <remarks>When the commit fails its outcome is unknown: the caller gets the exception and must check.</remarks>
    /// <exception cref="StorageException">The database did not confirm it, or is away.</exception>
    /// <exception cref="LeftBehindException">Its schema is newer than this program.</exception>
    /// <exception cref="InvalidOperationException">The store was opened for reading.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public Task<T> Write<T>(Func<DbConnection, T> work) => Submit(work, work, alone: true);

    /// <summary>Runs work that returns nothing, like <see cref="Write{T}"/>.</summary>
    public Task Write(Action<DbConnection> work) => Submit(Returning(work), work, alone: true);

    /// <summary>Runs work like <see cref="Write{T}"/>, but concurrently with shared work of other processes. It must
    /// rely on unique keys, conditional updates and row locks alone, and may be retried from its start.</summary>
    public Task<T> Share<T>(Func<DbConnection, T> work) => Submit(work, work, alone: false);

    /// <summary>Runs work that returns nothing, like <see cref="Share{T}"/>.</summary>
    public Task Share(Action<DbConnection> work) => Submit(Returning(work), work, alone: false);

    /// <summary>Runs queries on one consistent snapshot, on a connection that cannot write.</summary>
    /// <exception cref="StorageException">The database is away.</exception>
    /// <exception cref="LeftBehindException">Its schema is newer than this program.</exception>
    public abstract T Read<T>(Func<DbConnection, T> query);

    /// <summary>Commits the waiting work, if there is any.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Step()
    {
        lock (pumping)
        {
            var batch = Take();
            if (batch.Count == 0) return false;
            Commit(batch);
            return true;
        }
    }

    /// <summary>For the pump's thread: waits for work and commits it, until the store closes.</summary>
    /// <returns>False once the store is closed and nothing waits.</returns>
    public bool WaitAndStep()
    {
        Volatile.Write(ref pumped, true);
        lock (waiting)
        {
            while (waiting.Count == 0 && !closed) Monitor.Wait(waiting);
            if (waiting.Count == 0) return false;
        }
        return Step();
    }

    /// <summary>Commits waiting work, closes the writer and unlocks the folder.</summary>
    public void Dispose()
    {
        lock (waiting)
        {
            if (closed) return;
            closed = true;
            Monitor.PulseAll(waiting);
        }
        while (Step()) { }
        lock (pumping)
        {
            writer?.Dispose();
            writer = null;
        }
        Close();
        GC.SuppressFinalize(this);
    }

    private protected abstract DbConnection OpenWriter();

    /// <summary>Begins a transaction; an exclusive one waits until no other process writes.</summary>
    private protected abstract void Begin(DbConnection writer, bool alone);

    /// <summary>Whether the transaction is lost, so that no savepoint can be rolled back.</summary>
    private protected abstract bool IsLost(DbConnection writer);

    /// <summary>Whether another process conflicted, so that the work must be retried exclusively.</summary>
    private protected abstract bool IsConflict(Exception e);

    private protected abstract StorageException ToStorageException(Exception e);

    private protected abstract void Close();

    private static Func<DbConnection, bool> Returning(Action<DbConnection> work) => db =>
    {
        work(db);
        return true;
    };

    private Task<T> Submit<T>(Func<DbConnection, T> work, Delegate origin, bool alone)
    {
        // Without a writer it may be between a failed commit and the next, which opens another.
        if (time is null) throw new InvalidOperationException("This store was opened for reading.");
        var item = new Work<T>(work, origin, alone);
        lock (waiting)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            waiting.Enqueue(item);
            Monitor.Pulse(waiting);
        }
        while (!Volatile.Read(ref pumped) && !item.Task.IsCompleted) Step();
        return item.Task;
    }

    // Shared work must not wait because of exclusive work, nor the reverse.
    private List<Work> Take()
    {
        var batch = new List<Work>();
        lock (waiting)
        {
            while (batch.Count < MaxWorksPerCommit && waiting.TryPeek(out var work)
                && (!IsShared || batch.Count == 0 || batch[0].Alone == work.Alone)) batch.Add(waiting.Dequeue());
        }
        return batch;
    }

    private void Commit(List<Work> batch)
    {
        try
        {
            Do(batch);
            foreach (var work in batch) CrashPoint.At(work.Origin, "after");
            Trouble = null;
            foreach (var work in batch) work.Complete();
        }
        catch (Exception e)
        {
            // The outcome of a commit that threw is unknown; a fresh connection sees it.
            writer?.Dispose();
            writer = null;
            var trouble = ToStorageException(e);
            Trouble = trouble.Message;
            foreach (var work in batch) work.Fail(trouble);
        }
    }

    private void Do(List<Work> batch)
    {
        var alone = batch[0].Alone;
        try
        {
            Do(batch, alone);
        }
        catch (Exception e) when (!alone && IsConflict(e))
        {
            writer!.Execute("ROLLBACK");
            Do(batch, alone: true);
        }
    }

    private void Do(List<Work> batch, bool alone)
    {
        writer ??= OpenWriter();
        Begin(writer, alone);
        foreach (var work in batch) DoOne(writer, work, batch.Count > 1, alone);
        writer.Execute("COMMIT");
    }

    // A savepoint copies every page changed after it; skip it when the work is alone in its commit.
    private void DoOne(DbConnection writer, Work work, bool shared, bool alone)
    {
        if (shared) writer.Execute("SAVEPOINT work");
        try
        {
            CrashPoint.At(work.Origin, "before");
            var began = time!.GetTimestamp();
            work.Do(writer);
            if (shared) writer.Execute("RELEASE work");
            CrashPoint.At(work.Origin, "done");
            Durations.Record(time.GetElapsedTime(began).TotalSeconds, Instruments.Tag(
                "db.operation.name", Names.GetOrAdd(work.Origin.Method, _ => CrashPoint.NameOf(work.Origin))));
        }
        catch (Exception e) when (!IsLost(writer) && (alone || !IsConflict(e)))
        {
            work.Undone(e);
            writer.Execute(shared ? "ROLLBACK TO work; RELEASE work" : "ROLLBACK");
            if (shared) return;
            Begin(writer, alone);
        }
    }

    private abstract class Work(Delegate origin, bool alone)
    {
        /// <summary>The delegate as submitted, which names its crash points.</summary>
        public Delegate Origin => origin;

        public bool Alone => alone;

        public abstract void Do(DbConnection db);

        public abstract void Undone(Exception e);

        public abstract void Complete();

        public abstract void Fail(Exception e);
    }

    private sealed class Work<T>(Func<DbConnection, T> work, Delegate origin, bool alone) : Work(origin, alone)
    {
        private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? result;
        private Exception? undone;

        public Task<T> Task => done.Task;

        public override void Do(DbConnection db)
        {
            undone = null;
            result = work(db);
        }

        public override void Undone(Exception e) => undone = e;

        public override void Complete()
        {
            if (undone is null) done.TrySetResult(result!);
            else done.TrySetException(undone);
        }

        public override void Fail(Exception e) => done.TrySetException(undone ?? e);
    }
}
