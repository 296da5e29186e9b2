using NodaTime;

namespace ProactiveCare.Detection;

/// <summary>An engine besides the product's own that holds telemetry, and is asked where it is.</summary>
/// <param name="Name">What jobs call it: 1 to 64 lower-case letters, digits and hyphens.</param>
/// <param name="ConnectionString">How it is reached by PostgreSQL's protocol; its account should only read.</param>
/// <param name="Lateness">
/// How long after an instant a row of that instant may still be committed there, 0 s to 7 days; windows overlap by so
/// much.
/// </param>
public sealed record ExternalSource(string Name, string ConnectionString, Duration Lateness);

/// <summary>The engines that the settings name, each once.</summary>
public sealed class Sources(IEnumerable<ExternalSource> all)
{
    private readonly Dictionary<string, ExternalSource> byName = all.ToDictionary(s => s.Name, StringComparer.Ordinal);

    /// <summary>None besides the product's own.</summary>
    public static Sources None { get; } = new([]);

    /// <summary>What jobs may call them.</summary>
    public IEnumerable<string> Names => byName.Keys.Order(StringComparer.Ordinal);

    /// <summary>The source of a name; null when there is none.</summary>
    public ExternalSource? Find(string name) => byName.GetValueOrDefault(name);
}
