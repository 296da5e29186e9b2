using Microsoft.Data.Sqlite;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Storage.Sqlite;

namespace ProactiveCare.Storage;

/// <summary>The outcome of a check of a database.</summary>
/// <param name="Problems">The defects; empty when none was found.</param>
/// <param name="Notes">The parts that were not checked, and the tools that check them.</param>
public sealed record DatabaseReport(IReadOnlyList<string> Problems, IReadOnlyList<string> Notes);

/// <summary>Checks a database from end to end as far as its kind allows, and that it has the rules of the schema.
/// </summary>
public static class DatabaseCheck
{
    /// <summary>Checks a database; a worker may continue meanwhile.</summary>
    /// <exception cref="StorageException">The database cannot be reached.</exception>
    public static DatabaseReport Run(DataFolder folder) => folder.Server is { } server
        ? ServerCheck.Run(server)
        : new DatabaseReport([.. Backup.Check(folder.Database), .. MissingRules(folder.Database)], []);

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
