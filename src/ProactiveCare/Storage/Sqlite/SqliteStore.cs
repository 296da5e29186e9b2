using System.Data.Common;
using Dapper;
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

    // A full disk or an I/O error makes SQLite roll the whole transaction back by itself.
    private protected override bool IsLost(DbConnection writer) =>
        SQLitePCL.raw.sqlite3_get_autocommit(((SqliteConnection)writer).Handle!) != 0;

    private protected override bool IsConflict(Exception e) => false;

    private protected override StorageException TroubleOf(Exception e) => DiskErrors.ToStorageException(e, Folder.Path);

    private protected override void Close()
    {
        using (var any = Connections.Open(
            Folder.Database, SqliteOpenMode.ReadOnly, pooling: true)) SqliteConnection.ClearPool(any);
        folderLock?.Dispose();
    }
}
