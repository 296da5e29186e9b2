using System.CommandLine;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Checks the database from end to end.</summary>
internal sealed class DbCheck : PlainVerb
{
    public DbCheck() : base(
        "check",
        "Checks the database file from end to end, or on a server the rules that the product relies on; exit 1 when "
        + "something is wrong.",
        "proactive-care db check")
    {
    }

    protected override int Show(Session session)
    {
        InstallationOf.Require(session);
        if (session.Settings.Server is { } server) return CheckServer(session, server);
        var problems = DatabaseCheck.Run(session.Folder).Problems;
        session.Answer(
            new { file = session.Folder.Database, sound = problems.Count == 0, problems },
            to =>
            {
                to.Line(problems.Count == 0
                    ? "The database is sound."
                    : "The database is damaged or lacks rules; restore a backup:");
                foreach (var problem in problems) to.Line("  " + problem);
            });
        return problems.Count == 0 ? Failures.Done : Failures.No;
    }

    private static int CheckServer(Session session, PostgresServer server)
    {
        var report = DatabaseCheck.Run(session.Folder);
        IReadOnlyList<string> problems =
            [.. report.Problems, .. session.Store.Read(BooksCheck.Run).Problems];
        var place = ServerWords.Of(server);
        session.Answer(
            new { file = place, sound = problems.Count == 0, problems, report.Notes },
            to =>
            {
                to.Line(problems.Count == 0
                    ? $"The rules of the product are in force in {place}, and its books are sound."
                    : $"Something is wrong in {place}:");
                foreach (var problem in problems) to.Line("  " + problem);
                foreach (var note in report.Notes) to.Line(note);
            });
        return problems.Count == 0 ? Failures.Done : Failures.No;
    }
}
