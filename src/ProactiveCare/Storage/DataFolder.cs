using Microsoft.Data.Sqlite;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Storage.Sqlite;

namespace ProactiveCare.Storage;

/// <summary>The folder of one installation: database, lock, backups, and files for exchange.</summary>
public sealed record DataFolder(string Path)
{
    // EROFS, which .NET passes on unchanged.
    private const int ReadOnlyFileSystem = 30;

    /// <summary>The server that holds the database; null when it is a file in the folder.</summary>
    public PostgresServer? Server { get; init; }

    /// <summary>The database file, where there is no server.</summary>
    public string Database => Inside("proactivecare.db");

    /// <summary>The Unix socket of a running worker for operations, in a folder of its own.</summary>
    public string Socket => Inside("door", "worker.sock");

    // sockaddr_un has 108 bytes, including the final zero. Source: unix(7).
    internal const int LongestSocket = 107;

    /// <summary>Whether the socket's path exceeds the system's limit.</summary>
    internal bool HasLongSocket => System.Text.Encoding.UTF8.GetByteCount(Socket) > LongestSocket;

    /// <summary>Refuses a folder in which no worker could run.</summary>
    /// <exception cref="StorageException">The path of its socket is too long.</exception>
    public void RequireShortSocket()
    {
        if (HasLongSocket)
        {
            throw new StorageException(
                $"The path {Socket} is too long for a socket ({LongestSocket} bytes): use a data folder with a shorter "
                + "path.");
        }
    }

    /// <summary>Whether an installation exists here.</summary>
    /// <exception cref="StorageException">Its server cannot be reached.</exception>
    public bool Exists => Server is null ? File.Exists(Database) : PostgresStore.Holds(Server);

    /// <summary>The location of the installation, for people.</summary>
    public string Place => Server is null ? Path : $"the database {Server.Place}";

    /// <summary>The store id, where other folders may use the same database; null for a file.</summary>
    /// <exception cref="StorageException">There is none, or its server cannot be reached.</exception>
    public string? SharedStoreId()
    {
        if (Server is null) return null;
        using var store = Store.OpenReadOnly(this);
        return store.Installation.StoreId;
    }

    /// <summary>Refuses an installation on a server.</summary>
    /// <param name="refusal">The message, from the place of the database.</param>
    /// <exception cref="StorageException">The installation is on a server.</exception>
    public void RequireFile(Func<string, string> refusal)
    {
        if (Server is not null) throw new StorageException(refusal(Server.Place));
    }

    /// <summary>The alternative for this kind of database.</summary>
    internal T Choose<T>(T file, T server) => Server is null ? file : server;

    /// <summary>Locks the folder beside a shared database on a server: its files belong to one worker.</summary>
    /// <exception cref="StorageException">Another process holds it, or the folder cannot be written.</exception>
    public IDisposable? LockBeside() => Server is null ? null : Lock();

    internal void RequireInstallation()
    {
        if (Exists) return;
        try
        {
            if (Server is null && Directory.Exists(Path)) _ = Directory.GetFiles(Path);
        }
        catch (UnauthorizedAccessException)
        {
            throw new StorageException($"You may not read the data folder {Path}; its group may.");
        }
        throw new StorageException(
            Server is null
                ? $"There is no installation in {Path}. Make one with: proactive-care db init --data {Path}"
                : "There is no installation in the database. Make one with: proactive-care db init");
    }

    /// <summary>A path inside the folder.</summary>
    public string Inside(params string[] parts) => System.IO.Path.Combine([System.IO.Path.GetFullPath(Path), .. parts]);

    /// <summary>Locks the folder for one writing process; the lock ends with the process, however it ends.</summary>
    /// <exception cref="StorageException">Another process holds it, or the folder cannot be written.</exception>
    public IDisposable Lock()
    {
        try
        {
            DurableFolder.Create(Path);
            return new FileStream(Inside("proactivecare.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite,
                FileShare.None);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException { HResult: ReadOnlyFileSystem })
        {
            throw new StorageException($"The data folder {Path} cannot be written: give this user write access to it.");
        }
        catch (IOException e) when (e is not DirectoryNotFoundException and not PathTooLongException)
        {
            throw new StorageException(Directory.Exists(Path) && IsHeld()
                ? $"Another process is working in the data folder {Path}. One installation has one worker: stop "
                    + $"that one first."
                : $"The data folder {Path} cannot be used: {e.Message}");
        }
    }

    /// <summary>Whether a process holds the lock now.</summary>
    public bool IsHeld()
    {
        try
        {
            using var probe =
                new FileStream(Inside("proactivecare.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException e)
        {
            return e.HResult != ReadOnlyFileSystem;
        }
    }
}

/// <summary>Storage cannot execute the request; the message says why and what to do, in the user's words.</summary>
public class StorageException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The schema is newer than this program, which can do nothing more in this database.</summary>
public sealed class LeftBehindException() : StorageException(
    "The database was written by a newer version of ProactiveCare; use that version or newer.");

/// <summary>The properties of an installation that are fixed at its creation.</summary>
/// <param name="StoreId">A random name that cursors belong to; another database has another.</param>
/// <param name="Simulated">Whether commands accept a given time, to replay history.</param>
/// <param name="CreatedAt">The time of its creation.</param>
public sealed record Installation(string StoreId, bool Simulated, Instant CreatedAt)
{
    /// <summary>Creates an installation in a folder that has none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="simulated">Whether commands accept a given time.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The source of its random name.</param>
    /// <param name="first">Writes its first content, such as a user with all rights.</param>
    /// <exception cref="StorageException">The folder has one, or cannot be written.</exception>
    public static void Create(
        DataFolder folder, bool simulated, TimeProvider time, Random random, Action<DbConnection>? first = null)
    {
        using var held = folder.Lock();
        var made = new Installation(
            random.NextInt64().ToString("x16", CultureInfo.InvariantCulture), simulated, time.Now());
        if (folder.Server is { } server)
        {
            PostgresStore.Create(server, time, db => Begin(db, made, first));
            return;
        }
        if (folder.Exists) throw new StorageException(
            $"{folder.Path} holds an installation already; nothing was changed.");
        // Created aside and moved as a whole, so that a crash leaves either nothing or an installation.
        var aside = folder.Inside("proactivecare.new");
        foreach (var left in (string[])[aside, aside + "-wal", aside + "-shm"]) File.Delete(left);
        CrashPoint.At("Installation.Create:before");
        try
        {
            using var writer = Connections.OpenWriter(aside);
            Migrations.Sqlite.Apply(writer, time);
            CrashPoint.At("Installation.Create:migrated");
            Begin(writer, made, first);
            // Closing would not report that the log could not be checkpointed.
            Connections.EmptyLog(writer);
        }
        catch (SqliteException e)
        {
            throw DiskErrors.ToStorageException(e, aside);
        }
        CrashPoint.At("Installation.Create:whole");
        DurableFolder.Move(aside, folder.Database);
        CrashPoint.At("Installation.Create:after");
    }

    /// <summary>Moves an installation from its file to an empty database on a server, whole or not at all, and compares
    /// the two; the file is only read.</summary>
    /// <param name="folder">The installation in a file; no worker may hold it.</param>
    /// <param name="server">A database without an installation.</param>
    /// <param name="rules">The part of the features.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <param name="cancellation">Ends the move; nothing of it remains.</param>
    /// <returns>The number of rows by table.</returns>
    /// <exception cref="StorageException">It cannot be done, or the copy differs; nothing of it remains.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing of it remains.</exception>
    public static IReadOnlyList<KeyValuePair<string, long>> Move(
        DataFolder folder, PostgresServer server, MoveRules rules, TimeProvider time,
        IProgress<MoveProgress> progress, CancellationToken cancellation) =>
        ProactiveCare.Storage.Moving.Move.Run(folder, server, rules, time, progress, cancellation);

    private static void Begin(DbConnection db, Installation made, Action<DbConnection>? first)
    {
        db.Execute(
            "INSERT INTO installation (store_id, simulated, created_at) VALUES (@StoreId, @Simulated, @CreatedAt)",
            made);
        first?.Invoke(db);
    }

    internal static Installation Load(DbConnection db) =>
        db.QuerySingle<Installation>("SELECT store_id, simulated, created_at FROM installation");
}
