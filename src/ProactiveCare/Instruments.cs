using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ProactiveCare;

/// <summary>
/// Makes the meters and activity sources of the features. Names follow OpenTelemetry's semantic conventions: lower
/// case, dots between name spaces, no unit in a name, UCUM units, seconds for durations. Counters count committed work.
/// </summary>
public static class Instruments
{
    /// <summary>The prefix of every meter and activity source: <c>ProactiveCare.Payments</c> and so on.</summary>
    public const string Prefix = "ProactiveCare.";

    internal static Meter Meter(string feature) => new(Prefix + feature);

    internal static ActivitySource Source(string feature) => new(Prefix + feature);

    /// <summary>A histogram of durations in seconds, with bounds from a millisecond to ten minutes.</summary>
    internal static Histogram<double> Duration(this Meter meter, string name, string description) =>
        meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600],
        });

    /// <summary>Adds to a counter, unless there is nothing to add.</summary>
    internal static void Count(
        this Counter<long> counter, long count, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (count > 0) counter.Add(count, tags);
    }

    /// <summary>A tag of a measurement.</summary>
    internal static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value?.ToString());
}
