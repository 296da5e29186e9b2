using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;

namespace ProactiveCare.Storage;

/// <summary>The schema's steps: embedded files <c>NNNN_name.sql</c> beside the features that own the tables, in number
/// order.</summary>
internal static class Migrations
{
    private static readonly List<Migration> All = [.. Load().OrderBy(m => m.Number)];

    public static int Current(DbConnection db) =>
        Exists(db) ? db.ExecuteScalar<int>("SELECT COALESCE(MAX(number), 0) FROM migration") : 0;

    /// <exception cref="StorageException">The database knows a step that this program does not, or knows it
    /// otherwise.</exception>
    public static List<Migration> Pending(DbConnection db)
    {
        if (!Exists(db)) return All;
        var applied = db.Query<(int Number, string Hash)>("SELECT number, hash FROM migration")
            .ToDictionary(m => m.Number, m => m.Hash);
        foreach (var (number, hash) in applied)
        {
            var known = All.Find(m => m.Number == number);
            if (known is null)
                throw new StorageException(
                    "The database was written by a newer version of ProactiveCare; use that version or newer.");
            if (known.Hash != hash)
                throw new StorageException($"Schema step {number} in the database is not the one of this program; "
                    + $"restore a backup or use the right build.");
        }
        return All.FindAll(m => !applied.ContainsKey(m.Number));
    }

    public static void Apply(DbConnection db, TimeProvider time)
    {
        foreach (var migration in Pending(db))
        {
            CrashPoint.At("Migrations.Apply:before");
            db.Execute("BEGIN IMMEDIATE");
            db.Execute(migration.Sql);
            db.Execute(
                "INSERT INTO migration (number, name, hash, applied_at) VALUES (@Number, @Name, @Hash, @At)",
                new { migration.Number, migration.Name, migration.Hash, At = time.Now() });
            CrashPoint.At("Migrations.Apply:done");
            db.Execute("COMMIT");
            CrashPoint.At("Migrations.Apply:after");
        }
    }

    private static bool Exists(DbConnection db) =>
        db.ExecuteScalar<int>("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'migration'") == 1;

    private static IEnumerable<Migration> Load()
    {
        var assembly = typeof(Migrations).Assembly;
        foreach (var file in assembly.GetManifestResourceNames().Where(
            n => n.EndsWith(".sql", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(file)!, Encoding.UTF8);
            var sql = reader.ReadToEnd();
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
            yield return new Migration(int.Parse(file[..4], CultureInfo.InvariantCulture), file[5..^4], sql, hash);
        }
    }

    internal sealed record Migration(int Number, string Name, string Sql, string Hash);
}
