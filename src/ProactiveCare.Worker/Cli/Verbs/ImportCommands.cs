using System.CommandLine;
using System.Globalization;
using ProactiveCare.Audit;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static class ImportCommands
{
    public static Verb Files()
    {
        var kind = new Argument<string>("KIND")
        { HelpName = "KIND", Description = string.Join(", ", Import.Kinds) + "." };
        kind.AcceptOnlyFromAmong([.. Import.Kinds]);
        var files = new Argument<string[]>("FILE")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "CSV with a header or NDJSON; alerts as the weather service publishes them. - is standard "
                + "input.",
        };
        var source = new Option<string>("--source")
        {
            HelpName = "NAME",
            Description = "The producer that the ids belong to.",
            DefaultValueFactory = _ => ImportRequest.DefaultSource,
        };
        var verb = new Verb(
            "import",
            "Takes in files: good rows are stored, bad ones set aside with line and reason, known ones skipped.",
            "proactive-care import customers customers.csv\n"
            + "proactive-care import sessions monday.csv tuesday.csv --source player\n"
            + "zcat sessions.ndjson.gz | proactive-care import sessions -")
        {
            kind, files, source,
        };
        return verb.Writes(Role.Operator, async session =>
        {
            session.CommitBeside();
            var done = new List<Imported>();
            foreach (var file in session.Get(files)!)
            {
                var request = new ImportRequest(session.Get(kind)!, file, session.Get(source)!, session.Actor.Id);
                done.Add(new Imported(file, await One(session, request)));
                if (!session.WantsJson) Tell(session.Terminal, request.Kind, done[^1]);
            }
            session.Answer(done.Select(each => each.Json).ToList(), _ => { });
            return Failures.Done;
        });
    }

    private static async Task<ImportResult> One(Session session, ImportRequest request)
    {
        var input = await session.Open(request.FileName);
        await using var content = input.Content;
        using var progress = new Progress(session.Terminal, session.Clock);
        var shown = new Shown(progress, request.FileName, input.Length);
        return await Import.Run(session.Store, request, content, session.Time, shown, session.Cancellation);
    }

    private static void Tell(Terminal to, string kind, Imported imported)
    {
        var result = imported.Result;
        to.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{imported.File}: {result.Received:N0} {kind} received, {result.Stored:N0} new, "
            + $"{result.Revised:N0} revised, {result.Duplicate:N0} known already, {result.Quarantined:N0} set aside"));
        foreach (var line in result.FirstQuarantined) to.Line($"  line {line.Line}: {line.Reason}");
        var more = result.Quarantined - result.FirstQuarantined.Count;
        if (more > 0) to.Line(string.Create(CultureInfo.InvariantCulture, $"  and {more:N0} more"));
    }

    private sealed record Imported(string File, ImportResult Result)
    {
        public object Json => new
        {
            File,
            Result.ImportId,
            Result.Received,
            Result.Stored,
            Result.Revised,
            Result.Duplicate,
            Result.Quarantined,
            Result.FirstQuarantined,
        };
    }

    private sealed class Shown(Progress progress, string name, long? length) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) =>
            progress.Show(name, value.Rows, length is > 0 ? (double)value.Bytes / length.Value : null);
    }
}
