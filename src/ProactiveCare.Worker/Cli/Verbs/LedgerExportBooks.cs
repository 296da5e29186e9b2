using ProactiveCare.Ledger;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Exports the books for other programs.</summary>
internal sealed class LedgerExportBooks : PlainVerb
{
    private readonly Option<string> format = new("--format")
    {
        HelpName = "FORMAT",
        Description = string.Join(", ", LedgerExport.Formats) + ".",
        DefaultValueFactory = _ => LedgerExport.Formats[0],
    };

    private readonly Option<string?> output = new("--output")
    {
        HelpName = "FILE",
        Description = "Where to write (default: standard output); a file of that name is replaced.",
    };

    private readonly Option<bool> names = new("--names")
    { Description = "Names customers as the company knows them, beside their numbers in the books." };

    public LedgerExportBooks() : base(
        "export", "Writes every entry in a form that accounting programs read.",
        "proactive-care ledger export --format beancount --output books.beancount\n"
        + "proactive-care ledger export | hledger -f - balance")
    {
        format.AcceptOnlyFromAmong([.. LedgerExport.Formats]);
        Add(format);
        Add(output);
        Add(names);
    }

    protected override int Show(Session session)
    {
        var path = session.Get(output) is { } file ? session.PathOf(file) : null;
        // --json is another name for the format json.
        var form = session.WantsJson ? "json" : session.Get(format)!;
        using (var stream = path is null ? session.Terminal.OutStream() : File.Create(path))
            session.Read(db =>
            {
                LedgerExport.Write(db, form, session.Zone, stream, session.Get(names));
                return true;
            });
        if (path is not null) session.Terminal.Complain($"Wrote {path}.");
        return Failures.Done;
    }
}
