using Microsoft.Data.Sqlite;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Storage.Sqlite;

namespace ProactiveCare.Storage;

/// <summary>The outcome of a check of a database.</summary>
/// <param name="Place">The file, or the database on its server.</param>
/// <param name="Problems">The defects; empty when none was found.</param>
/// <param name="Notes">The parts that were not checked, and the tools that check them.</param>
public sealed record DatabaseReport(string Place, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes);

/// <summary>Checks a database completely as far as its kind allows, and that it has the rules of the schema.</summary>
public static class DatabaseCheck
{
    /// <summary>Checks a database; a worker may continue meanwhile.</summary>
    /// <exception cref="StorageException">The database cannot be reached.</exception>
    public static DatabaseReport Run(DataFolder folder) => folder.Server is { } server
        ? ServerCheck.Run(server)
        : new DatabaseReport(
            folder.Database,
            [
                .. Backup.Check(folder.Database).Select(damage => $"It is damaged, restore a backup: {damage}"),
                .. MissingRules(folder.Database),
            ],
            []);

    /// <summary>Refuses a connection pooler before the server of an installation; a file has none.</summary>
    /// <exception cref="StorageException">There is one that gives each transaction another session.</exception>
    public static void RefusePooler(DataFolder folder) => folder.Server?.RefusePooler();

    /// <summary>The lead of this machine's clock over the database's; negative when it is behind.</summary>
    /// <exception cref="StorageException">The database is away.</exception>
    public static Duration ClockAhead(Store store, TimeProvider time) =>
        store is PostgresStore server ? server.ClockAhead(time) : Duration.Zero;

    /// <summary>The lead of a clock over another that was asked, as far as it is certain: the other one answered some
    /// time while the question took its time.</summary>
    internal static Duration Ahead(Instant there, Instant answered, Duration took)
    {
        var half = took / 2;
        var ahead = answered - half - there;
        return ahead > half ? ahead - half : ahead < -half ? ahead + half : Duration.Zero;
    }

    /// <summary>A rule of the schema that a database lacks, as a problem.</summary>
    internal static string Missing(string rule) => $"The database lacks a rule of the schema: {rule}.";

    private static IEnumerable<string> MissingRules(string file)
    {
        try
        {
            using var db = Connections.OpenReader(file);
            return Migrations.Sqlite.MissingRules(db).Select(Missing);
        }
        catch (SqliteException)
        {
            // A damaged file, which the other checks report.
            return [];
        }
    }
}
