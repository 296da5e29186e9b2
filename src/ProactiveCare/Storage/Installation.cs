using System.Data.Common;
using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using NodaTime;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Storage.Sqlite;

namespace ProactiveCare.Storage;

/// <summary>What is fixed about an installation when it is made.</summary>
/// <param name="StoreId">A drawn name that cursors belong to; another database has another.</param>
/// <param name="Simulated">Whether commands may be given the time, to replay history.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record Installation(string StoreId, bool Simulated, Instant CreatedAt)
{
    /// <summary>Makes an installation in a folder that has none.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="simulated">Whether commands may be given the time.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Where its name is drawn from.</param>
    /// <param name="first">What it must hold from its first moment on, such as a user who may do anything.</param>
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
        // Made aside and moved in whole, so that a crash leaves either nothing or an installation.
        var aside = folder.Inside("proactivecare.new");
        foreach (var left in (string[])[aside, aside + "-wal", aside + "-shm"]) File.Delete(left);
        CrashPoint.At("Installation.Create:before");
        try
        {
            using var writer = Connections.OpenWriter(aside);
            Migrations.Sqlite.Apply(writer, time);
            CrashPoint.At("Installation.Create:migrated");
            Begin(writer, made, first);
            // Closing would say nothing if the log could not be moved into the file.
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
        Moving.Move.Run(folder, server, rules, time, progress, cancellation);

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
