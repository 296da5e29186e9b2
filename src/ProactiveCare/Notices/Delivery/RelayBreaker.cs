namespace ProactiveCare.Notices.Delivery;

/// <summary>A circuit breaker for the relay. A failure of the relay counts against no mail; for a while none is
/// offered, in any session. Parallel steps share it.</summary>
internal sealed class RelayBreaker(TimeProvider time, Random random)
{
    private readonly Lock guard = new();
    private Instant until = Instant.MinValue;
    private int troubles;
    private string? trouble;

    /// <summary>The problem of the relay while the breaker is open; null when mail may be offered.</summary>
    public string? Trouble
    {
        get
        {
            lock (guard)
            {
                // A clock that was ahead and is put right does not make the pause longer.
                var left = until - time.Now();
                return left > Duration.Zero && left <= Backoff.Longest ? trouble : null;
            }
        }
    }

    /// <summary>Opens the breaker; each failure in a row makes the pause longer.</summary>
    public void Begin(string reply)
    {
        lock (guard)
        {
            troubles++;
            trouble = reply;
            until = time.Now() + Backoff.After(troubles, random.NextDouble());
        }
    }

    /// <summary>Closes the breaker: the relay has processed a mail.</summary>
    public void End()
    {
        lock (guard) (troubles, trouble) = (0, null);
    }

    /// <summary>The delay of a mail after a number of attempts.</summary>
    public Duration Wait(long attempts)
    {
        lock (guard) return Backoff.After(attempts, random.NextDouble());
    }
}

/// <summary>Delays that double, up to about an hour, with jitter.</summary>
internal static class Backoff
{
    private static readonly Duration First = Duration.FromSeconds(30);
    /// <summary>The longest delay.</summary>
    public static readonly Duration Longest = Duration.FromHours(1);

    /// <summary>The delay after an attempt: one half fixed, one half random.</summary>
    /// <param name="attempts">The failed attempts, from 1.</param>
    /// <param name="drawn">A random number from 0 to 1.</param>
    public static Duration After(long attempts, double drawn)
    {
        var whole = Duration.Min(Longest, First * (1L << (int)Math.Clamp(attempts - 1, 0, 20)));
        var milliseconds = whole.TotalMilliseconds * (0.5 + drawn / 2);
        return Duration.FromMilliseconds((long)milliseconds);
    }
}
