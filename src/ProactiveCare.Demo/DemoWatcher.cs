namespace ProactiveCare.Demo;

/// <summary>Receives the events of a running demo.</summary>
/// <param name="Tell">Receives a line about an event, and its simulated instant.</param>
/// <param name="Progress">Receives the elapsed share of the two days, 0 to 1, and the simulated instant.</param>
internal sealed record DemoWatcher(Action<Instant, string> Tell, Action<double, Instant> Progress);

/// <summary>A demo cannot begin; the message says why and what to do.</summary>
internal sealed class DemoException(string message) : Exception(message);
