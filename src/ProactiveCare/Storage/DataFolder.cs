using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage;

/// <summary>The folder that holds one installation: the database, its lock, backups, and what goes in and out as
/// files.</summary>
public sealed record DataFolder(string Path)
{
    // EROFS, which .NET hands on as it is.
    private const int ReadOnlyFileSystem = 30;

    /// <summary>The server that holds the database; null when it is a file in the folder.</summary>
    public PostgresServer? Server { get; init; }

    /// <summary>The database file, where there is no server.</summary>
    public string Database => Inside("proactivecare.db");

    /// <summary>The Unix socket through which a running worker takes operations, in a folder of its own.</summary>
    public string Socket => Inside("door", "worker.sock");

    // sockaddr_un has room for 108 bytes with the final zero. Source: unix(7).
    internal const int LongestSocket = 107;

    /// <summary>Whether the socket's path is longer than the system takes.</summary>
    internal bool HasLongSocket => System.Text.Encoding.UTF8.GetByteCount(Socket) > LongestSocket;

    /// <summary>Whether an installation lives here.</summary>
    /// <exception cref="StorageException">Its server cannot be reached.</exception>
    public bool Exists => Server is null ? File.Exists(Database) : PostgresStore.Holds(Server);

    /// <summary>Where the installation lives, for people.</summary>
    public string Place => Server is null ? Path : $"the database {Server.Place}";

    /// <summary>The name of the installation, where other folders may have the same database; null where none has.
    /// </summary>
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

    /// <summary>Of two texts that do the same, the one for this database.</summary>
    internal T Choose<T>(T file, T server) => Server is null ? file : server;

    /// <summary>Locks the folder beside a database on a server, which is shared: its files belong to one worker.
    /// </summary>
    /// <exception cref="StorageException">Another process holds it, or the folder cannot be written.</exception>
    public IDisposable? LockBeside() => Server is null ? null : Lock();

    internal void RequireInstallation()
    {
        if (Exists) return;
        throw new StorageException(
            Server is null
                ? $"There is no installation in {Path}. Make one with: proactive-care db init --data {Path}"
                : "There is no installation in the database. Make one with: proactive-care db init");
    }

    /// <summary>A path inside the folder.</summary>
    public string Inside(params string[] parts) => System.IO.Path.Combine([System.IO.Path.GetFullPath(Path), .. parts]);

    /// <summary>
    /// Takes the folder for one writing process. The operating system releases it however that process ends.
    /// </summary>
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

    /// <summary>Whether a process holds the folder for writing now.</summary>
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

/// <summary>Storage cannot do what was asked; the message says why and what to do, in the user's words.</summary>
public class StorageException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The schema has gone on without this program, which can do nothing more in this database.</summary>
public sealed class LeftBehindException() : StorageException(
    "The database was written by a newer version of ProactiveCare; use that version or newer.");
