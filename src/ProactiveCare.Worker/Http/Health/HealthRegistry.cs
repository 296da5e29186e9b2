using System.Collections.Concurrent;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Http.Health;

/// <summary>How each part of the worker fares: what the health check and the console read.</summary>
internal sealed class HealthRegistry(IHostApplicationLifetime lifetime)
{
    private readonly ConcurrentDictionary<string, PartHealth> parts = new(StringComparer.Ordinal);

    public IReadOnlyList<PartHealth> All => [.. parts.Values.OrderBy(p => p.Name, StringComparer.Ordinal)];

    /// <summary>Why the worker can do nothing more and stops; null when it was told to.</summary>
    public LeftBehindException? End { get; private set; }

    /// <summary>Begins the end of a worker that the database's schema has left behind.</summary>
    public void Stop(LeftBehindException why)
    {
        End = why;
        lifetime.StopApplication();
    }

    public void Healthy(string name) => parts[name] = new PartHealth(name, true, null);

    /// <returns>Whether this is news: it was well before, or failed otherwise.</returns>
    public bool Unhealthy(string name, string why)
    {
        var news = !parts.TryGetValue(name, out var before) || before.Ok || before.Problem != why;
        parts[name] = new PartHealth(name, false, why);
        return news;
    }
}

/// <summary>How one part fares.</summary>
internal sealed record PartHealth(string Name, bool Ok, string? Problem);
