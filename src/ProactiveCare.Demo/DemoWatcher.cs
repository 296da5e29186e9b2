using NodaTime;

namespace ProactiveCare.Demo;

/// <summary>Follows a demo while its two days pass.</summary>
/// <param name="Tell">Takes one line about an event, and its simulated instant.</param>
/// <param name="Progress">Takes the share of the two days that has passed, 0 to 1, and the simulated instant.</param>
internal sealed record DemoWatcher(Action<Instant, string> Tell, Action<double, Instant> Progress);

/// <summary>A demo cannot begin; the message says why and what to do.</summary>
internal sealed class DemoException(string message) : Exception(message);
