namespace ProactiveCare.Soak;

/// <summary>One figure that must not grow.</summary>
/// <param name="What">In words.</param>
/// <param name="First">In the first quarter of the hours that count.</param>
/// <param name="Last">In the last quarter.</param>
/// <param name="Bound">What the last may be at most.</param>
internal sealed record Check(string What, double First, double Last, double Bound)
{
    public bool Holds => Last <= Bound;
}

/// <summary>
/// Compares the last quarter of the hours that count with the first. Every hour brings the same business, so what is
/// larger at the end than at the beginning has grown with what is stored.
/// </summary>
internal sealed class Verdict
{
    private readonly IReadOnlyList<Hour> first;
    private readonly IReadOnlyList<Hour> last;
    private readonly IReadOnlyList<Hour> all;
    private readonly double least;

    /// <param name="counting">The hours after the warm-up.</param>
    /// <param name="least">The share of all work below which a statement's is left to chance.</param>
    public Verdict(IReadOnlyList<Hour> counting, double least = 0.005)
    {
        this.least = least;
        var quarter = Math.Max(1, counting.Count / 4);
        (all, first, last) = (counting, [.. counting.Take(quarter)], [.. counting.TakeLast(quarter)]);
    }

    /// <summary>The figures that are equal on every machine: queues, and the work of statements.</summary>
    public IEnumerable<Check> Facts() =>
    [
        Never("findings not decided at an hour's end", h => h.Queues.Findings),
        Never("notices due and not sent at an hour's end", h => h.Queues.Due),
        Never("ledger entries not sealed at an hour's end", h => h.Queues.Unsealed),
        Mean("telemetry beyond the slowest cursor", h => h.Queues.Lag, 1.25, 20),
        Mean("cases that wait for something to arrive", h => h.Queues.Waiting, 1.25, 20),
        Mean("credits that wait for a person", h => h.Queues.ForFred, 1.25, 20),
        Mean("credits owed and not paid", h => h.Queues.Unpaid, 1.25, 20),
        Mean("notices that wait for the morning or another attempt", h => h.Queues.Later, 1.25, 20),
        Mean("telemetry kept", h => h.Came.Telemetry, 1.1, 50),
        .. Statements(),
    ];

    /// <summary>The figures that depend on the machine: memory, files and time.</summary>
    public IEnumerable<Check> Sizes() =>
    [
        Mean("managed heap, MB", h => h.Sizes.Heap / 1e6, 1.1, 2),
        Mean("resident memory, MB", h => h.Sizes.Resident / 1e6, 1.1, 20),
        Mean("write-ahead log, MB", h => h.Sizes.Wal / 1e6, 1.25, 4),
        new("growth of the database, MB an hour", Growth(first), Growth(last), (Growth(first) * 1.15) + 0.2),
        Mean("processor seconds an hour", h => h.Cpu, 1.25, 0.5),
    ];

    public IEnumerable<Check> Times() =>
        from chore in last[^1].Chores.Keys
        from check in new[]
        {
            Median($"{chore}, half of its steps within, ms", h => h.Chores[chore].Median, 1.25, 0.3),
            Median($"{chore}, 99 of 100 steps within, ms", h => h.Chores[chore].P99, 1.5, 5),
        }
        select check;

    private IEnumerable<Check> Statements()
    {
        var total = Work(last).Values.Sum();
        var before = Work(first);
        return Work(last).Where(w => w.Value > total * least)
            .Select(w => new Check(
                $"work an hour of: {Short(w.Key)}", before.GetValueOrDefault(w.Key), w.Value,
                (before.GetValueOrDefault(w.Key) * 1.25) + (total * least)))
            .Append(new Check("work an hour of all statements", before.Values.Sum(), total, before.Values.Sum() * 1.1));
    }

    private static Dictionary<string, double> Work(IReadOnlyList<Hour> hours) =>
        hours.SelectMany(h => h.Statements).GroupBy(w => w.Sql, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Sum(w => w.Steps) / (double)hours.Count, StringComparer.Ordinal);

    public static string Short(string sql)
    {
        var line = string.Join(' ', sql.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > 90 ? line[..90] + " …" : line;
    }

    private Check Never(string what, Func<Hour, double> of) => new(what, 0, all.Max(of), 0);

    private Check Mean(string what, Func<Hour, double> of, double factor, double slack) =>
        Within(what, first.Average(of), last.Average(of), factor, slack);

    private Check Median(string what, Func<Hour, double> of, double factor, double slack) =>
        Within(what, Middle(first.Select(of)), Middle(last.Select(of)), factor, slack);

    private static Check Within(string what, double first, double last, double factor, double slack) =>
        new(what, first, last, (first * factor) + slack);

    private static double Middle(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static double Growth(IReadOnlyList<Hour> hours) =>
        hours.Count == 1 ? 0
            : (hours[^1].Sizes.Database - hours[0].Sizes.Database) / 1e6 / (hours.Count - 1);
}
