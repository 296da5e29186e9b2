using NodaTime;

namespace ProactiveCare.Detection;

/// <summary>A node that claims work at a moment.</summary>
/// <param name="Node">Its name; what it claimed before it was started anew it takes again at once.</param>
/// <param name="Alone">Whether no other node can be at work, so that whoever holds something is dead.</param>
/// <param name="Now">The moment.</param>
internal sealed record LeaseOwner(string Node, bool Alone, Instant Now)
{
    /// <summary>
    /// How long a claim lasts beyond the last write under it. Nodes agree about the time within a second; one that does
    /// not causes work to be done twice and refused once, because every write names the claim that it is made under.
    /// </summary>
    public static readonly Duration Lease = Duration.FromSeconds(30);

    /// <summary>How often a claim is renewed while nothing is written under it.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);

    /// <summary>Until when a claim lasts.</summary>
    public Instant Until => Now + Lease;
}

/// <summary>Somebody else has claimed meanwhile what was being worked at; nothing of the work was written.</summary>
internal sealed class LeaseLostException(RunId run)
    : Exception($"Run {run} was worked off by somebody else meanwhile.");
