using ProactiveCare.Storage;

namespace ProactiveCare.Worker;

/// <summary>Exit codes, and messages of failures for the user.</summary>
internal static class Failures
{
    public const int Done = 0;
    public const int No = 1;
    public const int WrongUse = 2;

    /// <summary>Whether the message of an exception was written for users.</summary>
    public static bool IsForPeople(Exception e) =>
        e is UsageException or StorageException or RefusedException or IOException or UnauthorizedAccessException
            or OperationCanceledException
        || IsOfAFeature(e);

    /// <summary>The message of a failure for the user.</summary>
    public static string InWords(Exception e) => e switch
    {
        AggregateException { InnerException: { } inner } => InWords(inner),
        OperationCanceledException => "Stopped before the end.",
        DbException => $"The database refused: {e.Message}. Check it with: proactive-care db check",
        _ when IsForPeople(e) => e.Message,
        _ => $"Something unexpected happened ({e.GetType().Name}: {e.Message}); what was not confirmed was not done. "
            + "The same command with --debug shows where.",
    };

    // Each feature has exceptions with messages for users, such as StorageException.
    private static bool IsOfAFeature(Exception e) =>
        e.GetType() is { IsSealed: true } type
        && type.Namespace!.StartsWith("ProactiveCare.", StringComparison.Ordinal);
}
