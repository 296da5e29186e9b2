using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;

namespace ProactiveCare.Storage;

/// <summary>
/// The schema's steps: embedded files <c>NNNN_name.sql</c> beside the features that own the tables, each with a twin
/// <c>NNNN_name.postgresql.sql</c>, in number order.
/// </summary>
/// <remarks>
/// A step whose first line says <c>-- works with NNNN</c> leaves programs whose newest step is NNNN at work, so that an
/// old and a new worker can share a database while nodes are replaced one by one. All others end the old program's
/// work.
/// </remarks>
internal sealed class Migrations(IReadOnlyList<Migration> all, string tables)
{
    private const string Twin = ".postgresql.sql";
    private const string WorksWith = "-- works with ";

    public static readonly Migrations Sqlite = new(
        Load(name => !name.EndsWith(Twin, StringComparison.Ordinal)),
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'migration'");

    public static readonly Migrations Postgres = new(
        Load(name => name.EndsWith(Twin, StringComparison.Ordinal)),
        "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'care' AND tablename = 'migration'");

    /// <summary>The newest step that this program knows.</summary>
    public int Newest => all[^1].Number;

    /// <summary>The same with a step more.</summary>
    public Migrations With(Migration more) => new([.. all, more], tables);

    public int Current(DbConnection db) =>
        Exists(db) ? db.ExecuteScalar<int>("SELECT COALESCE(MAX(number), 0) FROM migration") : 0;

    /// <summary>The steps that the database has not taken.</summary>
    /// <exception cref="StorageException">The database has taken a step that this program cannot work with, or knows
    /// otherwise.</exception>
    public IReadOnlyList<Migration> Pending(DbConnection db)
    {
        if (!Exists(db)) return all;
        var applied = db.Query<(int Number, string Hash)>("SELECT number, hash FROM migration")
            .ToDictionary(m => m.Number, m => m.Hash);
        Guard(db.ExecuteScalar<int>("SELECT MAX(needs) FROM migration"));
        foreach (var known in all.Where(m => applied.TryGetValue(m.Number, out var hash) && hash != m.Hash))
        {
            throw new StorageException(
                $"Schema step {known.Number} in the database is not the one of this program; "
                + "restore a backup or use the right build.");
        }
        return [.. all.Where(m => !applied.ContainsKey(m.Number))];
    }

    /// <summary>Looks whether this program may work with a database.</summary>
    /// <param name="needs">The step that programs must know to work with it.</param>
    /// <exception cref="LeftBehindException">It may not.</exception>
    public void Guard(int needs)
    {
        if (needs > Newest) throw new LeftBehindException();
    }

    /// <exception cref="StorageException">The database has not taken every step.</exception>
    public void RequireNone(DbConnection db)
    {
        if (Pending(db).Count > 0)
            throw new StorageException(
                "The database is of an earlier version. Bring it up to date with: proactive-care db migrate");
    }

    /// <summary>Takes the steps that are pending, a transaction each.</summary>
    public void Apply(DbConnection db, TimeProvider time)
    {
        foreach (var migration in Pending(db))
        {
            CrashPoint.At("Migrations.Apply:before");
            db.Execute("BEGIN IMMEDIATE");
            Take(db, migration, time);
            CrashPoint.At("Migrations.Apply:done");
            db.Execute("COMMIT");
            CrashPoint.At("Migrations.Apply:after");
        }
    }

    /// <summary>Takes one step in the caller's transaction.</summary>
    public static void Take(DbConnection db, Migration step, TimeProvider time)
    {
        db.Execute(step.Sql);
        db.Execute(
            "INSERT INTO migration (number, name, hash, needs, applied_at) VALUES (@Number, @Name, @Hash, @Needs, @At)",
            new { step.Number, step.Name, step.Hash, step.Needs, At = time.Now() });
    }

    private bool Exists(DbConnection db) => db.ExecuteScalar<int>(tables) == 1;

    private static List<Migration> Load(Func<string, bool> ours)
    {
        var assembly = typeof(Migrations).Assembly;
        var steps = new List<Migration>();
        foreach (var file in assembly.GetManifestResourceNames().Where(
            name => name.EndsWith(".sql", StringComparison.Ordinal) && ours(name)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(file)!, Encoding.UTF8);
            steps.Add(Of(file, reader.ReadToEnd()));
        }
        return [.. steps.OrderBy(step => step.Number)];
    }

    internal static Migration Of(string file, string sql)
    {
        var number = int.Parse(file[..4], CultureInfo.InvariantCulture);
        var needs = sql.StartsWith(WorksWith, StringComparison.Ordinal)
            ? int.Parse(sql.AsSpan(WorksWith.Length, 4), CultureInfo.InvariantCulture)
            : number;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
        return new Migration(number, file[5..file.IndexOf('.', StringComparison.Ordinal)], sql, hash, needs);
    }
}

/// <summary>One step of the schema.</summary>
/// <param name="Number">Its place in the order.</param>
/// <param name="Name">What it is about.</param>
/// <param name="Sql">What is executed.</param>
/// <param name="Hash">The SHA-256 of that, so that a step which was changed later shows.</param>
/// <param name="Needs">The step that programs must know to work with the database from then on.</param>
internal sealed record Migration(int Number, string Name, string Sql, string Hash, int Needs);
