using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ProactiveCare.Tests;

/// <summary>
/// The command line is a client of the operations: a verb names no type of the storage, a verb that writes calls one
/// operation, and an operation has one verb.
/// </summary>
internal static class TidyDoor
{
    private const string Cli = "src/ProactiveCare.Worker/Cli/";
    private const string Storage = "ProactiveCare.Storage";

    // These open an installation, make, move, copy or check its database as a whole, or are the worker itself.
    private static readonly string[] OfDatabase =
    [
        "Session.cs", "InstallationOf.cs", "DbInit.cs", "DbMigrate.cs", "DbBackup.cs", "DbRestore.cs", "DbCheck.cs",
        "DemoRun.cs", "JobsCheck.cs", "WorkerRun.cs",
    ];

    // An offer is shown before it is accepted.
    private static readonly string[] OfferAndAccept = ["AcceptJob", "OfferJob"];

    public static IEnumerable<string> Problems(IReadOnlyCollection<Source> sources)
    {
        var worker = TidyOrder.CompileWorker(sources);
        var bound =
            from source in sources
            where source.Path.StartsWith(Cli, StringComparison.Ordinal)
            let model = worker.GetSemanticModel(source.Tree)
            from name in source.Syntax.DescendantNodes().OfType<SimpleNameSyntax>()
            let symbol = model.GetSymbolInfo(name).Symbol
            where symbol is not null and not INamespaceSymbol
            select (Source: source, Name: name, Symbol: symbol, File: Path.GetFileName(source.Path));
        var all = bound.ToList();
        var storage =
            from use in all
            where !OfDatabase.Contains(use.File)
                && $"{use.Symbol.ContainingNamespace}".StartsWith(Storage, StringComparison.Ordinal)
            select use.Source.At(use.Name, $"{use.Name} is of {Storage}");
        var calls = all.Where(use => use.Symbol is IFieldSymbol { ContainingType.Name: "Operations" })
            .Select(use => (use.File, Operation: use.Symbol.Name)).Distinct().ToList();
        var several =
            from verb in calls.GroupBy(call => call.File, call => call.Operation)
            let called = verb.Order(StringComparer.Ordinal).ToList()
            where called.Count > 1 && !called.SequenceEqual(OfferAndAccept)
            select $"{Cli}Verbs/{verb.Key}: calls {string.Join(", ", called)}, and a verb calls one operation";
        var clients =
            from operation in worker.GetTypeByMetadataName("ProactiveCare.Worker.Http.Api.Operations")!.GetMembers()
            where operation is IFieldSymbol { Type.Name: "Operation" }
            let verbs = calls.Where(call => call.Operation == operation.Name).Select(call => call.File)
                .Order(StringComparer.Ordinal).ToList()
            where verbs.Count != 1
            select $"{operation.Name} has the clients {string.Join(", ", verbs)}, and an operation has one verb";
        return storage.Concat(several).Concat(clients);
    }
}
