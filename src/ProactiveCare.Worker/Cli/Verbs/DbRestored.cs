using ProactiveCare.Finance;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Says that other tools have restored the database, or the disk under it.</summary>
internal sealed class DbRestored() : Verb(
    "restored",
    "Says that the database was restored by its server's tools, or rolled back with its disk: begins a new epoch, so "
    + "that no number of before is used again, and finds what had left in between. 'db restore' does it by itself.",
    "proactive-care db restored")
{
    protected override async Task<int> Do(Session session)
    {
        var report = await Find(session, begin: true);
        session.Answer(report, to => Print(to, report));
        return Failures.Done;
    }

    /// <summary>Finds what had left since the state that was restored.</summary>
    public static Task<RestoreReport> Find(Session session, bool begin) =>
        session.Do(Operations.Restored, new RestoredInput(begin));

    /// <summary>Prints what was found.</summary>
    public static void Print(Terminal to, RestoreReport report)
    {
        to.Line($"Epoch {report.Epoch} begins: file numbers, keys and Message-IDs of before are not used again.");
        to.Line(
            $"Found in files for billing: {Phrases.Count(report.PaymentsFound, "payment")} that the database did "
            + $"not know; {report.TakenOn} taken on by credits, {report.Settled} settled by billing's answers.");
        to.Line($"Found in the outbox folder: {Phrases.Count(report.MailsSent, "notice")} sent already, "
            + $"{Phrases.Count(report.MailsKept, "mail")} of notices that the database does not know yet.");
        Part(to, "Not taken on by a credit yet:", report.Waiting);
        Part(to, "Uncertain:", report.Uncertain);
        Part(to, "Look at:", report.LookAt);
    }

    private static void Part(Terminal to, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count > 0) to.Line(title);
        foreach (var line in lines) to.Line("  " + line);
    }
}
