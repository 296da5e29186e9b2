using System.Collections.Concurrent;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Http.Health;

/// <summary>The state of each part of the worker, as the health check answers it.</summary>
internal sealed class HealthRegistry(IHostApplicationLifetime lifetime, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (long Since, TimeSpan MayTake)> running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PartHealth> parts = new(StringComparer.Ordinal);
    private IReadOnlyList<Probe> required = [];

    /// <summary>The last reported state of each part that reports its state.</summary>
    public IReadOnlyList<PartHealth> All => [.. parts.Values.OrderBy(p => p.Name, StringComparer.Ordinal)];

    /// <summary>The present state of the parts without which the worker is not ready.</summary>
    public IReadOnlyList<PartHealth> Required => [.. required.Select(probe => probe.Run())];

    /// <summary>The tasks whose running step has taken longer than it may.</summary>
    public IReadOnlyList<string> Hung =>
    [
        .. running.Where(step => time.GetElapsedTime(step.Value.Since) > step.Value.MayTake).Select(step => step.Key),
    ];

    /// <summary>The reason why the worker has to stop; null when it was asked to stop.</summary>
    public LeftBehindException? End { get; private set; }

    /// <summary>Names the parts without which the worker is not ready.</summary>
    public void Require(params IReadOnlyList<Probe> probes) => required = probes;

    /// <summary>Stops the worker because the database has a newer schema.</summary>
    public void Stop(LeftBehindException why)
    {
        End = why;
        lifetime.StopApplication();
    }

    /// <summary>Runs one step of a task, which hangs when it takes longer than it may.</summary>
    public async Task<T> Watch<T>(string name, TimeSpan mayTake, Func<Task<T>> step)
    {
        running[name] = (time.GetTimestamp(), mayTake);
        try
        {
            return await step();
        }
        finally
        {
            running.TryRemove(name, out _);
        }
    }

    public void Healthy(string name) => parts[name] = new PartHealth(name, true, null);

    /// <returns>Whether this is a change: the part was healthy before, or failed for another reason.</returns>
    public bool Unhealthy(string name, string why)
    {
        var changed = !parts.TryGetValue(name, out var before) || before.Ok || before.Problem != why;
        parts[name] = new PartHealth(name, false, why);
        return changed;
    }
}

/// <summary>The state of one part.</summary>
internal sealed record PartHealth(string Name, bool Ok, string? Problem);

/// <summary>The check of one part.</summary>
/// <param name="Name">The part.</param>
/// <param name="Problem">Returns the problem, or null.</param>
internal sealed record Probe(string Name, Func<string?> Problem)
{
    public PartHealth Run()
    {
        try
        {
            var problem = Problem();
            return new PartHealth(Name, problem is null, problem);
        }
        catch (Exception e)
        {
            return new PartHealth(Name, false, e.Message);
        }
    }
}
