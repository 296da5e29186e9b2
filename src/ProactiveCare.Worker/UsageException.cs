namespace ProactiveCare.Worker;

/// <summary>The program was used wrongly; the message says how to use it.</summary>
internal sealed class UsageException(string message, Exception? cause = null) : Exception(message, cause);
