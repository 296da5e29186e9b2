using ProactiveCare.Telemetry;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Imports files.</summary>
internal sealed class ImportFiles : Verb
{
    private readonly Argument<string> kind = new("KIND")
    { HelpName = "KIND", Description = string.Join(", ", Import.Kinds) + "." };

    private readonly Argument<string[]> files = new("FILE")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "CSV with a header or NDJSON; alerts as the weather service publishes them. - is standard input.",
    };

    private readonly Option<string> source = new("--source")
    {
        HelpName = "NAME",
        Description = "The producer that the ids belong to.",
        DefaultValueFactory = _ => ImportRequest.DefaultSource,
    };

    private readonly Option<int> tolerate = new("--tolerate")
    {
        HelpName = "COUNT",
        Description = "Rows that may be set aside, in all files together, before the exit code is 1 (default: 0).",
        DefaultValueFactory = _ => 0,
    };

    public ImportFiles() : base(
        "import",
        "Takes in files: good rows are stored, bad ones set aside with line and reason, known ones skipped.",
        "proactive-care import customers customers.csv\n"
        + "proactive-care import sessions monday.csv tuesday.csv --source player\n"
        + "zcat sessions.ndjson.gz | proactive-care import sessions - --tolerate 100")
    {
        kind.AcceptOnlyFromAmong([.. Import.Kinds]);
        Add(kind);
        Add(files);
        Add(source);
        Add(tolerate);
    }

    protected override async Task<int> Do(Session session)
    {
        var done = new List<Imported>();
        foreach (var file in session.Get(files)!)
        {
            var request = new ImportInput(session.Get(kind)!, file, session.Get(source)!);
            done.Add(Imported.Of(file, await One(session, request)));
            if (!session.WantsJson) Tell(session.Terminal, request.Kind, done[^1]);
        }
        session.Answer(done, _ => { });
        return done.Sum(each => each.Quarantined) > session.Get(tolerate) ? Failures.No : Failures.Done;
    }

    private static async Task<ImportResult> One(Session session, ImportInput request)
    {
        var input = await session.OpenFile(request.File);
        using var progress = new Progress(session.Terminal, session.Clock, "KiB");
        await using var content = new CountedStream(input.Content, bytes => progress.Show(
            request.File, bytes >> 10, input.Length is > 0 and { } all ? (double)bytes / all : null));
        return await session.Do(Operations.ImportFile, request, content);
    }

    private static void Tell(Terminal to, string kind, Imported result)
    {
        to.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.File}: {result.Received:N0} {kind} received, {result.Stored:N0} new, "
            + $"{result.Revised:N0} revised, {result.Duplicate:N0} known already, {result.Quarantined:N0} set aside"));
        Tell(to, result.FirstQuarantined, result.Quarantined);
        if (result.Quarantined > 0) to.Line("  See them with: proactive-care quarantine list");
        if (result.LeftOut == 0) return;
        to.Line($"{Phrases.Count(result.LeftOut, "row")} stored without a value that cannot be used:");
        Tell(to, result.FirstLeftOut, result.LeftOut);
    }

    private static void Tell(Terminal to, IReadOnlyList<QuarantinedLine> first, long all)
    {
        foreach (var line in first) to.Line($"  line {line.Line}: {line.Reason}");
        if (all > first.Count) to.Line($"  and {Phrases.Count(all - first.Count, "more", "more")}");
    }

    private sealed record Imported(
        string File, long ImportId, long Received, long Stored, long Revised, long Duplicate, long Quarantined,
        IReadOnlyList<QuarantinedLine> FirstQuarantined, long LeftOut, IReadOnlyList<QuarantinedLine> FirstLeftOut)
    {
        public static Imported Of(string file, ImportResult result) => new(
            file, result.ImportId, result.Received, result.Stored, result.Revised, result.Duplicate,
            result.Quarantined, result.FirstQuarantined, result.LeftOut, result.FirstLeftOut);
    }
}
