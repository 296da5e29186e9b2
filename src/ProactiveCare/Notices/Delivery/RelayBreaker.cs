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
