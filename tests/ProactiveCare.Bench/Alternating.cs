namespace ProactiveCare.Bench;

/// <summary>
/// Measures several ways of doing the same thing, in turn, so that whatever else the machine does falls on all alike.
/// </summary>
internal static class Alternating
{
    /// <summary>The median seconds of each; every measure returns the seconds that it wants counted.</summary>
    public static async Task<double[]> Medians(int times, params Func<Task<double>>[] measures)
    {
        var seconds = measures.Select(_ => new List<double>()).ToArray();
        // The first round warms caches, and the compiler of ours.
        for (var round = 0; round <= times; round++)
            foreach (var (i, measure) in measures.Index())
            {
                var taken = await measure();
                if (round > 0) seconds[i].Add(taken);
            }
        return [.. seconds.Select(Median)];
    }

    public static double Median(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
