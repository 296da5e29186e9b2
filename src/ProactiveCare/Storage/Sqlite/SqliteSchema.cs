using Microsoft.Data.Sqlite;

namespace ProactiveCare.Storage.Sqlite;

/// <summary>The schema in SQLite, in whose SQL the common text is written.</summary>
internal sealed class SqliteSchema : SchemaDialect
{
    public override string Name => "sqlite";

    public override string Translate(string sql) => sql;

    public override bool HasSteps(DbConnection db) => db.ExecuteScalar<bool>(
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration')");

    // The text of a table states its columns, checks and keys.
    public override IReadOnlyDictionary<string, string> Rules(DbConnection db) => db.Query<(string Name, string Sql)>(
        """
        SELECT type || ' ' || name || CASE WHEN type IN ('trigger', 'index') THEN ' of table ' || tbl_name ELSE '' END,
          sql FROM sqlite_master WHERE type <> 'index' OR sql LIKE 'CREATE UNIQUE%'
        """).ToDictionary(rule => rule.Name, rule => rule.Sql, StringComparer.Ordinal);

    public override IReadOnlyDictionary<string, string> RulesOf(DbConnection db, IReadOnlyList<Migration> steps)
    {
        using var aside = new SqliteConnection("Data Source=:memory:");
        aside.Open();
        foreach (var step in steps) aside.Execute(step.Sql);
        return Rules(aside);
    }
}
