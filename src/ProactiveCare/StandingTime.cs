using NodaTime;

namespace ProactiveCare;

/// <summary>A clock that stands at one instant, for replays of history and examples.</summary>
public sealed class StandingTime(Instant now) : TimeProvider
{
    /// <summary>The instant; moved by whoever owns the clock.</summary>
    public Instant Now { get; set; } = now;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Now.ToDateTimeOffset();
}
