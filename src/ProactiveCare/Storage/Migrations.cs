using System.Collections.Concurrent;
using System.Security.Cryptography;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Storage.Sqlite;

namespace ProactiveCare.Storage;

/// <summary>
/// The schema, in steps. The first one is every feature's <c>schema.sql</c>, each followed by its twin for one database
/// (<c>schema.sqlite.sql</c>, <c>schema.postgresql.sql</c>: triggers, functions, views). Later steps are numbered files
/// <c>NNNN_name.sql</c> beside the feature that owns the tables, followed by their twins in the same way.
/// </summary>
/// <remarks>
/// A file without the name of a database is written in SQLite's SQL; <see cref="SchemaDialect.Translate"/> replaces the
/// few words that PostgreSQL spells otherwise. A step whose first line says <c>-- works with NNNN</c> lets programs
/// whose newest step is NNNN continue, so that an old and a new worker can share a database while nodes are replaced
/// one by one. All other steps stop older programs.
/// </remarks>
internal sealed class Migrations(IReadOnlyList<Migration> all, SchemaDialect dialect)
{
    private const string WorksWith = "-- works with ";
    private const string First = "schema";

    /// <summary>The folders that may have a schema, in the order of their creation.</summary>
    internal static readonly string[] Folders =
    [
        "Storage", "Audit", "Access", "Customers", "Telemetry", "Hazards", "Outages", "Ledger", "Payments", "Notices",
        "Jobs", "Detection", "Incidents", "Cases", "Feedback", "Finance", "Outcomes", "Privacy",
    ];

    public static readonly Migrations Sqlite = Load(new SqliteSchema());

    public static readonly Migrations Postgres = Load(new PostgresSchema());

    // The steps by hash, and the server's version, which may word a definition otherwise.
    private static readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> Stated = new();

    /// <summary>The newest step that this program knows.</summary>
    public int Newest => all[^1].Number;

    /// <summary>The same with one more step.</summary>
    public Migrations With(Migration more) => new([.. all, more], dialect);

    public int Current(DbConnection db) =>
        dialect.HasSteps(db) ? db.ExecuteScalar<int>("SELECT COALESCE(MAX(number), 0) FROM migration") : 0;

    /// <summary>The pending steps of the database.</summary>
    /// <exception cref="StorageException">The database has taken a step that this program cannot work with, or that
    /// has another text here.</exception>
    public IReadOnlyList<Migration> Pending(DbConnection db)
    {
        if (!dialect.HasSteps(db)) return all;
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

    /// <summary>Refuses a database that needs a newer program.</summary>
    /// <param name="needs">The step that programs must know to work with it.</param>
    /// <exception cref="LeftBehindException">This program does not know it.</exception>
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

    /// <summary>Missing or different rules of the schema: triggers, constraints, functions.</summary>
    /// <remarks>
    /// Both sides are read from a catalogue: that of the database, and that of an empty one which the same steps made.
    /// A database with a step of a newer program is compared by that program only.
    /// </remarks>
    public IReadOnlyList<string> MissingRules(DbConnection db)
    {
        if (!dialect.HasSteps(db)) return [];
        // Read before the steps: a newer program that takes a step meanwhile shows in these.
        var there = dialect.Rules(db);
        var taken = db.Query<int>("SELECT number FROM migration").ToHashSet();
        var known = all.Where(step => taken.Remove(step.Number)).ToArray();
        if (taken.Count > 0) return [];
        var stated = Stated.GetOrAdd(
            $"{db.ServerVersion} {string.Join(' ', known.Select(step => step.Hash))}",
            _ => dialect.RulesOf(db, known));
        return
        [
            .. from rule in stated
               let found = there.GetValueOrDefault(rule.Key)
               where found != rule.Value
               orderby rule.Key
               select found is null ? rule.Key
                   : found == rule.Value + SchemaDialect.Off ? $"{rule.Key} (it is switched off)"
                   : $"{rule.Key} (it differs from the schema)",
        ];
    }

    /// <exception cref="StorageException">The database lacks rules of the schema; the message names them.</exception>
    public void RequireRules(DbConnection db)
    {
        if (MissingRules(db) is not { Count: > 0 } missing) return;
        throw new StorageException(
            $"The database lacks rules that guard its money and its records: {string.Join("; ", missing)}. Restore a "
            + "backup that has them, or create them again as a new installation has them; then look at what was "
            + "written meanwhile with: proactive-care db check, proactive-care ledger verify");
    }

    /// <summary>Applies the pending steps, each in its own transaction.</summary>
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

    /// <summary>Applies one step in the caller's transaction.</summary>
    public static void Take(DbConnection db, Migration step, TimeProvider time)
    {
        db.Execute(step.Sql);
        db.Execute(
            "INSERT INTO migration (number, name, hash, needs, applied_at) VALUES (@Number, @Name, @Hash, @Needs, @At)",
            new { step.Number, step.Name, step.Hash, step.Needs, At = time.Now() });
    }

    private static Migrations Load(SchemaDialect dialect)
    {
        var assembly = typeof(Migrations).Assembly;
        var steps =
            from name in assembly.GetManifestResourceNames()
            where name.EndsWith(".sql", StringComparison.Ordinal)
            let path = name.Split('/', '\\')
            let parts = path[^1].Split('.')
            where parts.Length == 2 || parts[1] == dialect.Name
            orderby Place(path[0]), parts.Length
            group (Name: name, IsCommon: parts.Length == 2) by parts[0] into files
            select Of(
                files.Key == First ? "0001_schema" : files.Key,
                string.Join('\n', files.Select(file => file.IsCommon
                    ? dialect.Translate(Text(assembly, file.Name))
                    : Text(assembly, file.Name))));
        return new([.. steps.OrderBy(step => step.Number)], dialect);
    }

    internal static Migration Of(string file, string sql)
    {
        var number = int.Parse(file[..4], CultureInfo.InvariantCulture);
        var needs = sql.StartsWith(WorksWith, StringComparison.Ordinal)
            ? int.Parse(sql.AsSpan(WorksWith.Length, 4), CultureInfo.InvariantCulture)
            : number;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
        return new Migration(number, file[5..].Split('.')[0], sql, hash, needs);
    }

    private static int Place(string folder) => Array.IndexOf(Folders, folder) is >= 0 and var place
        ? place
        : throw new InvalidOperationException($"The folder {folder} has a schema, but no place in the order.");

    private static string Text(System.Reflection.Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

/// <summary>One step of the schema.</summary>
/// <param name="Number">Its place in the order.</param>
/// <param name="Name">Its topic.</param>
/// <param name="Sql">The SQL.</param>
/// <param name="Hash">The SHA-256 of the SQL, so that a later change of the step is detected.</param>
/// <param name="Needs">The step that programs must know to work with the database from then on.</param>
internal sealed record Migration(int Number, string Name, string Sql, string Hash, int Needs);

/// <summary>The schema in the terms of one kind of database.</summary>
internal abstract class SchemaDialect
{
    /// <summary>The suffix in the definition of a disabled rule.</summary>
    public const string Off = " off";

    /// <summary>The part of a file's name that limits it to this database.</summary>
    public abstract string Name { get; }

    /// <summary>Translates the common text of a step to this database.</summary>
    public abstract string Translate(string sql);

    /// <summary>Whether the database has applied a step.</summary>
    public abstract bool HasSteps(DbConnection db);

    /// <summary>The rules in a database's catalogue, by name, each with its definition.</summary>
    public abstract IReadOnlyDictionary<string, string> Rules(DbConnection db);

    /// <summary>The rules that steps create, in a scratch database or schema.</summary>
    public abstract IReadOnlyDictionary<string, string> RulesOf(DbConnection db, IReadOnlyList<Migration> steps);
}
