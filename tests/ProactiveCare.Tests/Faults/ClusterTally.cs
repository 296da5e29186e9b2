using System.Globalization;

namespace ProactiveCare.Tests.Faults;

/// <summary>The time until another node resumed a job of a killed node.</summary>
/// <param name="Took">From the kill to the first commit for the job.</param>
/// <param name="Run">Whether it held a run, and not only the job's next firing.</param>
/// <param name="Alone">Whether nothing else befell the cluster in between.</param>
internal sealed record TakeOver(TimeSpan Took, bool Run, bool Alone);

/// <summary>The faults of a cluster and its results, as a table for people.</summary>
internal sealed class ClusterTally
{
    private readonly SortedDictionary<string, int> numbers = new(StringComparer.Ordinal);

    public List<TakeOver> TakeOvers { get; } = [];

    public List<string> Problems { get; } = [];

    /// <summary>The errors that the workers logged, each once.</summary>
    public SortedSet<string> Complaints { get; } = new(StringComparer.Ordinal);

    public int Of(string what) => numbers.GetValueOrDefault(what);

    public void Add(string what, int more = 1) => numbers[what] = Of(what) + more;

    public override string ToString() => string.Join('\n',
    [
        .. numbers.Select(number => string.Create(CultureInfo.InvariantCulture, $"{number.Key,-50} {number.Value,7}")),
        Times("time to take over a firing", TakeOvers.Where(each => !each.Run)),
        Times("  while nothing else befell the cluster", TakeOvers.Where(each => each is { Run: false, Alone: true })),
        Times("time to take over a run", TakeOvers.Where(each => each.Run)),
        Times("  while nothing else befell the cluster", TakeOvers.Where(each => each is { Run: true, Alone: true })),
        string.Create(CultureInfo.InvariantCulture, $"{"problems",-50} {Problems.Count,7}"),
        .. Complaints.Select(line => "  the workers said: " + line),
        .. Problems.Distinct(StringComparer.Ordinal).Select(problem => "  PROBLEM " + problem),
    ]);

    private static string Times(string what, IEnumerable<TakeOver> all)
    {
        var sorted = all.Select(each => each.Took.TotalSeconds).Order().ToList();
        return sorted.Count == 0
            ? $"{what,-50}    none"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{what,-50} {sorted.Count,7} times, median {sorted[sorted.Count / 2]:0.0} s, most {sorted[^1]:0.0} s");
    }
}
