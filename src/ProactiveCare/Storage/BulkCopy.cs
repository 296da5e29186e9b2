using System.Data.Common;
using Npgsql;
using NpgsqlTypes;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage;

/// <summary>Sends very many rows to PostgreSQL at once, by its binary COPY.</summary>
internal static class BulkCopy
{
    /// <summary>Whether a connection leads to a database that takes rows this way.</summary>
    public static bool Serves(DbConnection db) => db is PostgresConnection;

    /// <summary>Copies rows into a table, in the caller's transaction.</summary>
    /// <param name="db">The connection, as the store hands it to a work.</param>
    /// <param name="table">The table.</param>
    /// <param name="columns">Its columns, in the order of the values.</param>
    /// <param name="rows">
    /// Each null, string, long, double or byte[] as its column has it; one array may serve for all.
    /// </param>
    public static void Into(
        DbConnection db, string table, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        using var copy = ((PostgresConnection)db).Inner.BeginBinaryImport(
            $"COPY {table} ({string.Join(", ", columns)}) FROM STDIN (FORMAT BINARY)");
        foreach (var row in rows)
        {
            copy.StartRow();
            for (var i = 0; i < row.Count; i++) Write(copy, row[i]);
        }
        copy.Complete();
    }

    private static void Write(NpgsqlBinaryImporter copy, object? value)
    {
        switch (value)
        {
            case null: copy.WriteNull(); break;
            case string text: copy.Write(text, NpgsqlDbType.Text); break;
            case long number: copy.Write(number, NpgsqlDbType.Bigint); break;
            case double number: copy.Write(number, NpgsqlDbType.Double); break;
            case byte[] bytes: copy.Write(bytes, NpgsqlDbType.Bytea); break;
            default: throw new ArgumentException($"A {value.GetType().Name} is no value of a column.", nameof(value));
        }
    }
}
