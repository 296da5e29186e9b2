using NodaTime;

namespace ProactiveCare.Notices.Delivery;

/// <summary>Waits that double, up to an hour or so, and never fall together.</summary>
internal static class Backoff
{
    private static readonly Duration First = Duration.FromSeconds(30);
    private static readonly Duration Longest = Duration.FromHours(1);

    /// <summary>The wait after an attempt: half of it fixed, half of it drawn.</summary>
    /// <param name="attempts">Attempts that failed, from 1.</param>
    /// <param name="drawn">From 0 to 1.</param>
    public static Duration After(long attempts, double drawn)
    {
        var whole = Duration.Min(Longest, First * (1L << (int)Math.Clamp(attempts - 1, 0, 20)));
        var milliseconds = whole.TotalMilliseconds * (0.5 + drawn / 2);
        return Duration.FromMilliseconds((long)milliseconds);
    }
}
