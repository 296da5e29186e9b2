using System.CommandLine;
using System.Globalization;
using ProactiveCare.Ledger;
using ProactiveCare.Payments;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static class LedgerCommands
{
    public static Command Group() =>
        new("ledger", "Checks the books and hands them to other programs.") { Check(), Export() };

    private static Verb Check() => new Verb(
        "check", "Adds everything up again and compares it with the seals; exit 1 when anything is off.",
        "proactive-care ledger check")
        .Reads(session =>
        {
            var report = session.Store.Read(BooksCheck.Run);
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
        });

    private static void Tell(Terminal to, LedgerReport report)
    {
        to.Line(string.Create(
            CultureInfo.InvariantCulture, $"{report.Entries:N0} entries, {report.Sealed:N0} of them sealed."));
        foreach (var sum in report.Turnover) to.Line($"  turnover {sum}");
        if (report.Head.Length > 0) to.Line($"  last seal {report.Head}");
        to.Line(report.Problems.Count == 0 ? "The books are sound." : "The books are not sound:");
        foreach (var problem in report.Problems) to.Line("  " + problem);
    }

    private static Verb Export()
    {
        var format = new Option<string>("--format")
        {
            HelpName = "FORMAT",
            Description = string.Join(", ", LedgerExport.Formats) + ".",
            DefaultValueFactory = _ => LedgerExport.Formats[0],
        };
        format.AcceptOnlyFromAmong([.. LedgerExport.Formats]);
        var output = new Option<string?>("--output")
        {
            HelpName = "FILE",
            Description = "Where to write (default: standard output); a file of that name is replaced.",
        };
        var verb = new Verb(
            "export", "Writes every entry in a form that accounting programs read.",
            "proactive-care ledger export --format beancount --output books.beancount\n"
            + "proactive-care ledger export | hledger -f - balance")
        {
            format, output,
        };
        return verb.Reads(session =>
        {
            var path = session.Get(output) is { } file ? session.PathOf(file) : null;
            // --json is one more way to say which form.
            var form = session.WantsJson ? "json" : session.Get(format)!;
            using (var stream = path is null ? session.Terminal.OutStream() : File.Create(path))
                session.Store.Read(db =>
                {
                    LedgerExport.Write(db, form, session.Settings.Company.TimeZone, stream);
                    return true;
                });
            if (path is not null) session.Terminal.Complain($"Wrote {path}.");
            return Failures.Done;
        });
    }
}
