using System.Data.Common;
using System.Text.Json;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage;

/// <summary>A list as one parameter: a JSON array, which each database opens by a function of its own.</summary>
internal static class Lists
{
    public static string Json<T>(IEnumerable<T> list) => JsonSerializer.Serialize(list);

    /// <summary>A query for the elements of the array in a parameter, as texts.</summary>
    public static string Elements(this DbConnection db, string parameter) => db is PostgresConnection
        ? $"SELECT value FROM json_array_elements_text(CAST({parameter} AS json)) AS element (value)"
        : $"SELECT value FROM json_each({parameter})";

    /// <summary>A table of the arrays in the array in a parameter; the first text of one is <c>value ->> 0</c>.
    /// </summary>
    public static string Arrays(this DbConnection db, string parameter, string name) => db is PostgresConnection
        ? $"json_array_elements(CAST({parameter} AS json)) AS {name} (value)"
        : $"json_each({parameter}) AS {name}";
}
