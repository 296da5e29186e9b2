using System.Data.Common;
using Dapper;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage;

/// <summary>
/// How works that share (<see cref="Store.Share{T}"/>) keep out of each other's way. In a file there is one writer, and
/// none of it is needed.
/// </summary>
internal static class Locks
{
    /// <summary>
    /// At the end of a SELECT that claims rows of a table: those that another transaction has locked are left out.
    /// </summary>
    public static string SkipLocked(this DbConnection db, string table) =>
        db is PostgresConnection ? $" FOR UPDATE OF {table} SKIP LOCKED" : "";

    /// <summary>Waits until no other transaction has the turn of that name, and keeps it until this one ends.</summary>
    public static void Lock(this DbConnection db, string name)
    {
        if (db is PostgresConnection)
            db.First("SELECT pg_advisory_xact_lock(hashtextextended(?1, 0)) IS NULL", _ => true, name);
    }

    /// <summary>Locks rows until the transaction ends, in the order of their keys.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="table">The table.</param>
    /// <param name="key">Its column of keys, a text.</param>
    /// <param name="values">The keys; some may have no row.</param>
    /// <returns>The keys that have one; null where no locks are needed.</returns>
    public static IReadOnlySet<string>? LockRows(
        this DbConnection db, string table, string key, IEnumerable<string> values) =>
        db is PostgresConnection
            ? db.Query<string>(
                $"""
                 SELECT {key} FROM {table} WHERE {key} IN ({db.Elements("@keys")})
                 ORDER BY {key} FOR NO KEY UPDATE
                 """,
                new { keys = Lists.Json(values.Distinct(StringComparer.Ordinal)) })
                .ToHashSet(StringComparer.Ordinal)
            : null;
}
