using System.Data.Common;
using System.Globalization;
using Dapper;
using NodaTime;

namespace ProactiveCare.Storage;

/// <summary>What is fixed about an installation when it is made.</summary>
/// <param name="StoreId">A drawn name that cursors belong to; another database has another.</param>
/// <param name="Simulated">Whether commands may be given the time, to replay history.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record Installation(string StoreId, bool Simulated, Instant CreatedAt)
{
    /// <summary>Makes an installation in a folder that has none.</summary>
    /// <exception cref="StorageException">The folder has one, or cannot be written.</exception>
    public static void Create(DataFolder folder, bool simulated, TimeProvider time, Random random)
    {
        using var held = folder.Lock();
        if (folder.Exists) throw new StorageException(
            $"{folder.Path} holds an installation already; nothing was changed.");
        // Made aside and moved in whole, so that a crash leaves either nothing or an installation.
        var aside = folder.Inside("proactivecare.new");
        File.Delete(aside);
        using (var writer = Connections.OpenWriter(aside))
        {
            Migrations.Apply(writer, time);
            writer.Execute(
                "INSERT INTO installation (store_id, simulated, created_at) VALUES (@StoreId, @Simulated, @CreatedAt)",
                new Installation(random.NextInt64().ToString("x16", CultureInfo.InvariantCulture), simulated,
                    time.Now()));
        }
        File.Move(aside, folder.Database);
    }

    internal static Installation Load(DbConnection db) =>
        db.QuerySingle<Installation>("SELECT store_id, simulated, created_at FROM installation");
}
