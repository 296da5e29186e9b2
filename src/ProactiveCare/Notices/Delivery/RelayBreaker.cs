using NodaTime;

namespace ProactiveCare.Notices.Delivery;

/// <summary>
/// How long the relay is left alone. Its trouble is no mail's fault: none is charged with it, and none is offered for a
/// while, whichever session met it. Steps beside each other share it.
/// </summary>
internal sealed class RelayBreaker(TimeProvider time, Random random)
{
    private readonly Lock guard = new();
    private Instant until = Instant.MinValue;
    private int troubles;
    private string? trouble;

    /// <summary>What is wrong while the relay rests; null when mail may be offered.</summary>
    public string? Trouble
    {
        get
        {
            lock (guard) return time.Now() < until ? trouble : null;
        }
    }

    /// <summary>The relay is in trouble; each time in a row it rests longer.</summary>
    public void Begin(string reply)
    {
        lock (guard)
        {
            troubles++;
            trouble = reply;
            until = time.Now() + Backoff.After(troubles, random.NextDouble());
        }
    }

    /// <summary>The relay has dealt with a mail.</summary>
    public void End()
    {
        lock (guard) (troubles, trouble) = (0, null);
    }

    /// <summary>How long a mail waits that was tried so often.</summary>
    public Duration Wait(long attempts)
    {
        lock (guard) return Backoff.After(attempts, random.NextDouble());
    }
}

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
