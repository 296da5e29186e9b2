using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Checks the whole database.</summary>
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
        var report = DatabaseCheck.Run(session.Folder);
        var problems = report.Problems.ToList();
        // The sums of a damaged database mean nothing, so they are skipped.
        if (problems.Count == 0) problems.AddRange(session.Read(BooksCheck.Run).Problems);
        session.Answer(
            new { file = report.Place, sound = problems.Count == 0, problems, report.Notes },
            to =>
            {
                to.Line(problems.Count == 0
                    ? $"The rules of the product are in force in {report.Place}, and its books are sound."
                    : $"Something is wrong in {report.Place}:");
                foreach (var problem in problems) to.Line("  " + problem);
                foreach (var note in report.Notes) to.Line(note);
            });
        return problems.Count == 0 ? Failures.Done : Failures.No;
    }
}
