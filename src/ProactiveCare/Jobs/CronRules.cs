using NodaTime;

namespace ProactiveCare.Jobs;

/// <summary>The scheduler's understanding of cron expressions, which the product itself does not have.</summary>
/// <param name="Error">The fault of an expression; null for a good one.</param>
/// <param name="Next">The first firing of an expression, in a time zone, after an instant.</param>
public sealed record CronRules(Func<string, string?> Error, Func<string, DateTimeZone, Instant, Instant> Next);
