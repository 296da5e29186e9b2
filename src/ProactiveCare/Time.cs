using NodaTime.Text;

namespace ProactiveCare;

/// <summary>Parsing, formatting and precision of instants: UTC milliseconds.</summary>
public static class Time
{
    private static readonly InstantPattern Pattern =
        InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm:ss.FFF'Z'");

    /// <summary>The present, truncated to the milliseconds of a column.</summary>
    public static Instant Now(this TimeProvider time) =>
        Instant.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>The instant in ISO 8601, UTC, with milliseconds only when there are any.</summary>
    public static string Iso(this Instant instant) => Pattern.Format(instant);

    /// <summary>Parses an ISO 8601 instant with its offset.</summary>
    /// <exception cref="FormatException">No such instant, or no offset.</exception>
    public static Instant Parse(string text)
    {
        var parsed = OffsetDateTimePattern.Rfc3339.Parse(text);
        return parsed.Success
            ? Instant.FromUnixTimeMilliseconds(parsed.Value.ToInstant().ToUnixTimeMilliseconds())
            : throw new FormatException(
                $"'{text}' is not an instant: write ISO 8601 with an offset, like 2026-03-14T20:15:00Z.");
    }
}

/// <summary>A clock that returns a set instant, for replays of history and examples.</summary>
public sealed class StandingTime(Instant now) : TimeProvider
{
    /// <summary>The instant; set by the owner of the clock.</summary>
    public Instant Now { get; set; } = now;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Now.ToDateTimeOffset();
}
