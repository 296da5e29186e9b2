using System.Diagnostics;

namespace ProactiveCare.Soak;

/// <summary>The wall time of a task's steps in an hour, in milliseconds.</summary>
internal sealed record ChoreTime(int Steps, double Median, double P99, double Sum);

/// <summary>Measures the time of steps by task.</summary>
internal sealed class ChoreTimes
{
    private readonly Dictionary<string, List<double>> times = new(StringComparer.Ordinal);

    public async Task<T> Take<T>(string chore, Func<Task<T>> step)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            return await step();
        }
        finally
        {
            if (!times.TryGetValue(chore, out var list)) times[chore] = list = [];
            list.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
    }

    public Task Take(string chore, Func<Task> step) => Take(chore, async () =>
    {
        await step();
        return true;
    });

    /// <summary>The times since the last call.</summary>
    public IReadOnlyDictionary<string, ChoreTime> Reap()
    {
        var reaped = times.ToDictionary(t => t.Key, t => Of(t.Value), StringComparer.Ordinal);
        times.Clear();
        return reaped;
    }

    private static ChoreTime Of(List<double> taken)
    {
        taken.Sort();
        return new ChoreTime(
            taken.Count, taken[taken.Count / 2], taken[Math.Min(taken.Count - 1, taken.Count * 99 / 100)],
            taken.Sum());
    }
}
