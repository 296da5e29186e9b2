namespace ProactiveCare.Storage;

/// <summary>
/// The condition of a list. It holds only the filters that are asked for, so that an index can serve them.
/// </summary>
internal static class Filters
{
    /// <summary>A WHERE of the conditions that are not null; empty when all are.</summary>
    public static string Where(params IEnumerable<string?> conditions) =>
        string.Join(" AND ", conditions.OfType<string>()) is { Length: > 0 } all ? "WHERE " + all : "";
}
