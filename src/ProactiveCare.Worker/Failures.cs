using System.Data.Common;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker;

/// <summary>Exit codes, and failures in the words of the people who read them.</summary>
internal static class Failures
{
    public const int Done = 0;
    public const int No = 1;
    public const int WrongUse = 2;

    /// <summary>Whether the message of an exception was written for the one who reads it.</summary>
    public static bool IsForPeople(Exception e) =>
        e is UsageException or StorageException or RefusedException or IOException or UnauthorizedAccessException
            or OperationCanceledException
        || IsOfAFeature(e);

    /// <summary>What went wrong, in words for people.</summary>
    public static string InWords(Exception e) => e switch
    {
        AggregateException { InnerException: { } inner } => InWords(inner),
        OperationCanceledException => "Stopped before the end.",
        DbException => $"The database refused: {e.Message}. Check it with: proactive-care db check",
        _ when IsForPeople(e) => e.Message,
        _ => $"Something unexpected happened ({e.GetType().Name}: {e.Message}); what was not confirmed was not done. "
            + "The same command with --debug shows where.",
    };

    // Every feature has exceptions of its own whose messages are written for people: StorageException and its like.
    private static bool IsOfAFeature(Exception e) =>
        e.GetType() is { IsSealed: true } type
        && type.Namespace!.StartsWith("ProactiveCare.", StringComparison.Ordinal);
}
