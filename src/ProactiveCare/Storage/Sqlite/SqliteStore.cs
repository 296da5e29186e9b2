using Microsoft.Data.Sqlite;

namespace ProactiveCare.Storage.Sqlite;

/// <summary>An installation in one SQLite file: one process writes, over one connection.</summary>
internal sealed class SqliteStore : Store
{
    private readonly IDisposable? folderLock;

    private SqliteStore(DataFolder folder, IDisposable? folderLock, SqliteConnection? writer, TimeProvider? time)
        : base(folder, writer, time) => this.folderLock = folderLock;

    public override bool IsShared => false;

    public static SqliteStore OpenForWriting(DataFolder folder, TimeProvider time, Migrations? known = null)
    {
        known ??= Migrations.Sqlite;
        var held = folder.Lock();
        SqliteConnection? opened = null;
        try
        {
            opened = Connections.OpenWriter(folder.Database);
            if (known.Pending(opened).Count > 0)
            {
                Backup.Write(folder, folder.Inside("backups", $"before-migration-{known.Current(opened):0000}.db"));
                known.Apply(opened, time);
            }
            known.RequireRules(opened);
            return new SqliteStore(folder, held, opened, time);
        }
        catch
        {
            opened?.Dispose();
            held.Dispose();
            throw;
        }
    }

    public static SqliteStore OpenForReading(DataFolder folder, Migrations? known = null)
    {
        using (var reader = Connections.OpenReader(folder.Database)) (known ?? Migrations.Sqlite).RequireNone(reader);
        return new SqliteStore(folder, null, null, null);
    }

    public override T Read<T>(Func<DbConnection, T> query)
    {
        using var reader = Connections.OpenReader(Folder.Database);
        using var snapshot = reader.BeginTransaction(deferred: true);
        return query(reader);
    }

    private protected override DbConnection OpenWriter() => Connections.OpenWriter(Folder.Database);

    private protected override void Begin(DbConnection writer, bool alone) => writer.Execute("BEGIN IMMEDIATE");

    // On a full disk or an I/O error SQLite rolls the whole transaction back automatically.
    private protected override bool IsLost(DbConnection writer) =>
        SQLitePCL.raw.sqlite3_get_autocommit(((SqliteConnection)writer).Handle!) != 0;

    private protected override bool IsConflict(Exception e) => false;

    private protected override StorageException ToStorageException(Exception e) =>
        DiskErrors.ToStorageException(e, Folder.Path);

    private protected override void Close()
    {
        using (var any = Connections.Open(
            Folder.Database, SqliteOpenMode.ReadOnly, pooling: true)) SqliteConnection.ClearPool(any);
        folderLock?.Dispose();
    }
}

/// <summary>Opens SQLite connections in the only two ways the product uses: the one writer, and readers.</summary>
internal static class Connections
{
    /// <summary>The one connection that writes and checkpoints; its durability settings are checked.</summary>
    public static SqliteConnection OpenWriter(string path)
    {
        // A pooled connection keeps the settings of its previous user.
        var connection = Open(path, SqliteOpenMode.ReadWriteCreate, pooling: false);
        try
        {
            WriteLogAgain(path + "-wal");
            Assert(connection, "PRAGMA journal_mode = WAL", "journal_mode", "wal");
            Assert(connection, "PRAGMA synchronous = FULL", "synchronous", "2");
            Assert(connection, "PRAGMA foreign_keys = ON", "foreign_keys", "1");
            // The cache that a small installation fills as well, so that memory does not grow with history; twice as
            // much imported and decided no faster.
            connection.Execute("PRAGMA trusted_schema = OFF; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;");
            // Pages change many times during a large import: 64 MiB of log avoid most of the write-back.
            connection.Execute("PRAGMA wal_autocheckpoint = 16384; PRAGMA journal_size_limit = 134217728;");
            EmptyLog(connection);
            // SQLite flushes the folder of a new log, and ignores a failure.
            DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return connection;
        }
        catch (Exception e) when (e is SqliteException or StorageException or IOException
            or UnauthorizedAccessException)
        {
            connection.Dispose();
            throw DiskErrors.ToStorageException(e, path);
        }
    }

    public static SqliteConnection OpenReader(string path)
    {
        var connection = Open(path, SqliteOpenMode.ReadOnly, pooling: true);
        connection.Execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;");
        return connection;
    }

    public static SqliteConnection Open(string path, SqliteOpenMode mode, bool pooling)
    {
        Mapping.Register();
        var connection = new PreparingConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = pooling,
            DefaultTimeout = 30,
        }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw new StorageException($"The database {path} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>
    /// Checkpoints the log into the database and starts a new one, so that nothing depends on the old one.
    /// </summary>
    /// <exception cref="StorageException">Another program reads the database.</exception>
    public static void EmptyLog(SqliteConnection connection)
    {
        connection.Execute("PRAGMA busy_timeout = 5000");
        var isBusy = connection.ExecuteScalar<long>("PRAGMA wal_checkpoint(TRUNCATE)") != 0;
        connection.Execute("PRAGMA busy_timeout = 0");
        if (isBusy)
            throw new StorageException(
                "Another program is reading the database, so what its log holds cannot be made safe yet; nothing new "
                + "is stored before it is. Let that program end, and try again.");
    }

    /// <summary>After a failed fsync the log may be complete in the page cache and not on the disk, and no later fsync
    /// reports it, because the system marks the failed pages clean. A checkpoint from the cache would leave half a
    /// change on disk at a power loss; so the same bytes are written again and synced first.</summary>
    private static void WriteLogAgain(string log)
    {
        if (!File.Exists(log)) return;
        using var handle = File.OpenHandle(log, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var (buffer, at) = (new byte[1 << 20], 0L);
        for (int read; (read = RandomAccess.Read(handle, buffer, at)) > 0; at += read)
            RandomAccess.Write(handle, buffer.AsSpan(0, read), at);
        DurableFolder.Flush(handle, log);
    }

    private static void Assert(DbConnection connection, string set, string pragma, string expected)
    {
        connection.Execute(set);
        var actual = connection.ExecuteScalar<string>("PRAGMA " + pragma);
        if (!string.Equals(actual, expected, StringComparison.OrdinalIgnoreCase))
        {
            throw new StorageException(
                $"The database runs with {pragma} = {actual}, not {expected}; what it acknowledges might "
                + "not survive a power loss. Use a local disk with an ordinary file system for the data folder.");
        }
    }
}
