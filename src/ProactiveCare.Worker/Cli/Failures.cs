using System.Data.Common;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Cli;

/// <summary>Tells people what went wrong, in their words; a stack trace only when they ask for it.</summary>
internal static class Failures
{
    public const int Done = 0;
    public const int No = 1;
    public const int WrongUse = 2;

    public static int Tell(Exception e, Terminal terminal, bool debug)
    {
        terminal.Complain(InWords(e));
        if (debug) terminal.Error.WriteLine(e);
        return WrongUse;
    }

    /// <summary>Whether the message of an exception was written for the one who reads it.</summary>
    public static bool IsForPeople(Exception e) =>
        e is UsageException or StorageException or AuditException or IOException or UnauthorizedAccessException
            or OperationCanceledException
        || IsOfAFeature(e);

    private static string InWords(Exception e) => e switch
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
