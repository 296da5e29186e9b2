using Microsoft.Data.Sqlite;
using ProactiveCare.Storage.Sqlite;

namespace ProactiveCare.Storage;

/// <summary>Complete copies of the database, made by the database while a worker runs.</summary>
public static class Backup
{
    /// <summary>Writes a checked copy; it appears under its name only when complete.</summary>
    /// <exception cref="StorageException">The file exists, cannot be written, or the copy is not sound.</exception>
    public static void Write(DataFolder folder, string file)
    {
        if (File.Exists(file)) throw new StorageException($"{file} exists already; choose another name.");
        DurableFolder.Create(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var aside = file + ".part";
        File.Delete(aside);
        CrashPoint.At("Backup.Write:before");
        try
        {
            Copy(folder, aside);
        }
        catch (Exception e) when (e is SqliteException or IOException or StorageException)
        {
            // An incomplete copy would occupy space that a full disk lacks.
            File.Delete(aside);
            throw DiskErrors.ToStorageException(e, file);
        }
        CrashPoint.At("Backup.Write:flushed");
        DurableFolder.Move(aside, file);
        CrashPoint.At("Backup.Write:after");
    }

    /// <summary>Replaces the database by a backup, and keeps the old one under the name returned.</summary>
    /// <param name="folder">The installation.</param>
    /// <param name="file">The backup.</param>
    /// <param name="time">The clock.</param>
    /// <param name="begin">Written to the copy before it takes its place: the database is never seen without
    /// it.</param>
    /// <exception cref="StorageException">A worker holds the folder, or the backup is not sound.</exception>
    public static string? Restore(
        DataFolder folder, string file, TimeProvider time, Action<DbConnection>? begin = null)
    {
        if (!File.Exists(file)) throw new StorageException($"There is no backup {file}.");
        RequireSound(file);
        using var held = folder.Lock();
        var aside = folder.Inside("proactivecare.restored");
        // File.Copy would give the database the permissions of the backup.
        using (var from = File.OpenRead(file))
        using (var to = File.Create(aside)) from.CopyTo(to);
        if (begin is not null)
        {
            using var copy = Connections.OpenWriter(aside);
            if (Migrations.Sqlite.Pending(copy).Count > 0) Migrations.Sqlite.Apply(copy, time);
            begin(copy);
            Connections.EmptyLog(copy);
        }
        Flush(aside);
        CrashPoint.At("Backup.Restore:copied");
        string? kept = null;
        if (folder.Exists)
        {
            kept = folder.Inside("backups", $"before-restore-{time.Now().ToUnixTimeMilliseconds()}.db");
            Write(folder, kept);
            // The log belongs to the old database, and is checkpointed into it before the exchange; a log left behind,
            // or restored by a power loss, would be replayed into the new one.
            CrashPoint.At("Backup.Restore:kept");
            // Closing alone would not checkpoint while the caller still has a reader open.
            using (var old = Connections.OpenWriter(folder.Database)) old.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            File.Delete(folder.Database + "-wal");
            CrashPoint.At("Backup.Restore:log gone");
            File.Delete(folder.Database + "-shm");
            DurableFolder.Flush(folder.Inside());
        }
        CrashPoint.At("Backup.Restore:before");
        DurableFolder.Move(aside, folder.Database, overwrite: true);
        CrashPoint.At("Backup.Restore:after");
        return kept;
    }

    /// <summary>The errors of a database file, by its own checks; empty when it is sound.</summary>
    public static IReadOnlyList<string> Check(string file)
    {
        try
        {
            using var db = Connections.Open(file, SqliteOpenMode.ReadOnly, pooling: false);
            return
            [
                .. db.Query<string>("PRAGMA integrity_check").Where(line => line != "ok"),
                .. db.Query("PRAGMA foreign_key_check")
                    .Select(row => $"A row of {row.table} points at a missing row of {row.parent}."),
            ];
        }
        catch (SqliteException e)
        {
            return [$"{file} is not a database of ProactiveCare: {e.Message}"];
        }
    }

    private static void Copy(DataFolder folder, string aside)
    {
        using (var source = Connections.Open(folder.Database, SqliteOpenMode.ReadOnly, pooling: false))
            source.Execute("VACUUM INTO @aside", new { aside });
        CrashPoint.At("Backup.Write:copied");
        RequireSound(aside);
        Flush(aside);
    }

    private static void Flush(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        DurableFolder.Flush(handle, file);
    }

    private static void RequireSound(string file)
    {
        if (Check(file) is [var first, ..]) throw new StorageException($"{file} is not sound: {first}");
    }
}
