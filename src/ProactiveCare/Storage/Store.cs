using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ProactiveCare.Storage;

/// <summary>
/// The installation's database. Every write goes through one pump: works that wait together share a commit. The worker
/// gives the pump a thread (<see cref="WaitAndStep"/>); without one, whoever submits steps it, so that a simulation
/// stays single-threaded.
/// </summary>
public sealed class Store : IDisposable
{
    private const int MaxWorksPerCommit = 256;

    private readonly Queue<Work> waiting = new();
    private readonly Lock pumping = new();
    private readonly IDisposable? folderLock;
    private SqliteConnection? writer;
    private bool pumped;
    private bool closed;

    private Store(DataFolder folder, IDisposable? folderLock, SqliteConnection? writer)
    {
        Folder = folder;
        this.folderLock = folderLock;
        this.writer = writer;
        Installation = Read(Installation.Load);
    }

    /// <summary>Where the installation lives.</summary>
    public DataFolder Folder { get; }

    /// <summary>What is fixed about the installation since it was made.</summary>
    public Installation Installation { get; }

    /// <summary>Why the last commit was not confirmed, in words for people; null when it was.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Opens an installation for writing, bringing its schema up to date after a backup.</summary>
    /// <exception cref="StorageException">There is none, another process holds it, or it is not durable
    /// here.</exception>
    public static Store Open(DataFolder folder, TimeProvider time)
    {
        if (!folder.Exists)
            throw new StorageException($"There is no installation in {folder.Path}. Make one with: proactive-care "
                + $"db init --data {folder.Path}");
        var held = folder.Lock();
        try
        {
            var opened = Connections.OpenWriter(folder.Database);
            if (Migrations.Pending(opened).Count > 0)
            {
                Backup.Write(folder,
                    folder.Inside("backups", $"before-migration-{Migrations.Current(opened):0000}.db"));
                Migrations.Apply(opened, time);
            }
            return new Store(folder, held, opened);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Opens an installation for reading only, beside whatever worker holds it.</summary>
    /// <exception cref="StorageException">There is none, or its schema is not this program's.</exception>
    public static Store OpenReadOnly(DataFolder folder)
    {
        if (!folder.Exists)
            throw new StorageException($"There is no installation in {folder.Path}. Make one with: proactive-care "
                + $"db init --data {folder.Path}");
        using (var reader = Connections.OpenReader(folder.Database))
        {
            if (Migrations.Pending(reader).Count > 0)
                throw new StorageException(
                    "The database is of an earlier version. Bring it up to date with: proactive-care db migrate");
        }
        return new Store(folder, null, null);
    }

    /// <summary>
    /// Does work in one durable transaction. An exception of the work undoes that work alone and is handed to the
    /// caller.
    /// </summary>
    /// <remarks>When the commit itself fails its outcome is unknown: the caller gets the exception and must
    /// look.</remarks>
    public Task<T> Write<T>(Func<DbConnection, T> work) => Submit(work, work);

    /// <summary>Does work that returns nothing, as <see cref="Write{T}"/>.</summary>
    public Task Write(Action<DbConnection> work) => Submit(db =>
    {
        work(db);
        return true;
    }, work);

    /// <summary>Runs queries on one consistent snapshot, on a connection that cannot write.</summary>
    public T Read<T>(Func<DbConnection, T> query)
    {
        using var reader = Connections.OpenReader(Folder.Database);
        using var snapshot = reader.BeginTransaction(deferred: true);
        return query(reader);
    }

    /// <summary>Commits what waits now, if anything does.</summary>
    /// <returns>Whether there was anything.</returns>
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

    /// <summary>For the thread that the host gives the pump: waits for work and commits it, until the store
    /// closes.</summary>
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

    /// <summary>Commits what waits, closes the writer and lets the folder go.</summary>
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
        using (var any = Connections.Open(
            Folder.Database, SqliteOpenMode.ReadOnly, pooling: true)) SqliteConnection.ClearPool(any);
        folderLock?.Dispose();
    }

    private Task<T> Submit<T>(Func<DbConnection, T> work, Delegate origin)
    {
        // Without a writer it may be between a commit that failed and the next, which opens another.
        if (folderLock is null) throw new InvalidOperationException("This store was opened for reading.");
        var item = new Work<T>(work, origin);
        lock (waiting)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            waiting.Enqueue(item);
            Monitor.Pulse(waiting);
        }
        while (!Volatile.Read(ref pumped) && !item.Task.IsCompleted) Step();
        return item.Task;
    }

    private List<Work> Take()
    {
        var batch = new List<Work>();
        lock (waiting)
        {
            while (batch.Count < MaxWorksPerCommit && waiting.TryDequeue(out var work)) batch.Add(work);
        }
        return batch;
    }

    private void Commit(List<Work> batch)
    {
        try
        {
            writer ??= Connections.OpenWriter(Folder.Database);
            writer.Execute("BEGIN IMMEDIATE");
            foreach (var work in batch) DoAlone(writer, work, batch.Count > 1);
            writer.Execute("COMMIT");
            foreach (var work in batch) CrashPoint.At(work.Origin, "after");
            Trouble = null;
            foreach (var work in batch) work.Complete();
        }
        catch (Exception e)
        {
            // Nobody can know whether a commit that threw happened; a fresh connection sees what did.
            writer?.Dispose();
            writer = null;
            var trouble = DiskTrouble.Of(e, Folder.Path);
            Trouble = trouble.Message;
            foreach (var work in batch) work.Fail(trouble);
        }
    }

    // A savepoint keeps every page that changes after it once more, which a work alone in its commit need not pay for.
    private static void DoAlone(SqliteConnection writer, Work work, bool shared)
    {
        if (shared) writer.Execute("SAVEPOINT work");
        try
        {
            CrashPoint.At(work.Origin, "before");
            work.Do(writer);
            if (shared) writer.Execute("RELEASE work");
            CrashPoint.At(work.Origin, "done");
        }
        catch (Exception e) when (!IsLost(writer))
        {
            work.Undone(e);
            writer.Execute(shared ? "ROLLBACK TO work; RELEASE work" : "ROLLBACK; BEGIN IMMEDIATE");
        }
    }

    // A full disk or an I/O error makes SQLite roll the whole transaction back by itself.
    private static bool IsLost(SqliteConnection writer) => SQLitePCL.raw.sqlite3_get_autocommit(writer.Handle!) != 0;

    private abstract class Work(Delegate origin)
    {
        /// <summary>The work as it was handed in, which names its crash points.</summary>
        public Delegate Origin => origin;

        public abstract void Do(DbConnection db);

        public abstract void Undone(Exception e);

        public abstract void Complete();

        public abstract void Fail(Exception e);
    }

    private sealed class Work<T>(Func<DbConnection, T> work, Delegate origin) : Work(origin)
    {
        private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? result;
        private Exception? undone;

        public Task<T> Task => done.Task;

        public override void Do(DbConnection db) => result = work(db);

        public override void Undone(Exception e) => undone = e;

        public override void Complete()
        {
            if (undone is null) done.TrySetResult(result!);
            else done.TrySetException(undone);
        }

        public override void Fail(Exception e) => done.TrySetException(undone ?? e);
    }
}
