using ProactiveCare.Ledger;
using ProactiveCare.Payments;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Checks the books.</summary>
internal sealed class LedgerCheckBooks : PlainVerb
{
    public LedgerCheckBooks() : base(
        "check", "Adds everything up again and compares it with the seals; exit 1 when anything is off.",
        "proactive-care ledger check")
    {
    }

    protected override int Show(Session session)
    {
        var report = session.Read(BooksCheck.Run);
        session.Answer(
            new
            {
                sound = report.Problems.Count == 0,
                report.Entries,
                report.Sealed,
                report.Turnover,
                report.Head,
                report.Problems,
            },
            to => Tell(to, report));
        return report.Problems.Count == 0 ? Failures.Done : Failures.No;
    }

    private static void Tell(Terminal to, LedgerReport report)
    {
        to.Line(string.Create(
            CultureInfo.InvariantCulture, $"{report.Entries:N0} entries, {report.Sealed:N0} of them sealed."));
        foreach (var sum in report.Turnover) to.Line($"  turnover {sum}");
        if (report.Head.Length > 0) to.Line($"  last seal {report.Head}");
        to.Line(report.Problems.Count == 0 ? "The books are sound." : "The books are not sound:");
        foreach (var problem in report.Problems) to.Line("  " + problem);
    }
}
