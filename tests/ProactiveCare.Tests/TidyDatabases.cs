using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ProactiveCare.Tests;

/// <summary>
/// Storage hides which database an installation has: its folders for one database are used by no other feature, and
/// outside Storage the kind of database is asked for rarely. Uses are found by the compiler's binding.
/// </summary>
internal static class TidyDatabases
{
    private const string Storage = "ProactiveCare.Storage";

    private static readonly string[] Hidden = ["Sqlite", "PostgreSql", "Moving"];

    // The members that distinguish the databases, under any name.
    private static readonly HashSet<string> Telling = new(StringComparer.Ordinal)
    {
        "Store.IsShared", "DataFolder.Server", "BulkCopy.Serves", "ProactiveCareSettings.Server",
    };

    private static readonly HashSet<string> Members = [.. Telling.Select(member => member.Split('.')[1])];

    /// <summary>The uses of a hidden folder outside Storage.</summary>
    public static IEnumerable<string> Uses(IEnumerable<Source> sources) =>
        from name in Names(sources, _ => true)
        let space = name.Symbol as INamespaceSymbol ?? name.Symbol.ContainingNamespace
        where Hidden.Any(folder => space?.ToDisplayString() == $"{Storage}.{folder}")
        select name.Source.At(name.Node, $"uses {space!.ToDisplayString()}, which Storage hides");

    /// <summary>The places outside Storage that ask which database it is.</summary>
    public static IEnumerable<string> Questions(IEnumerable<Source> sources) =>
        from name in Names(sources, Members.Contains)
        where name.Symbol.ContainingType is { } type && Telling.Contains($"{type.Name}.{name.Symbol.Name}")
            && name.Node.Parent is not AssignmentExpressionSyntax { Parent: InitializerExpressionSyntax }
        select name.Source.At(name.Node, $"asks {name.Symbol.ContainingType.Name}.{name.Symbol.Name}");

    private static IEnumerable<(Source Source, SimpleNameSyntax Node, ISymbol Symbol)> Names(
        IEnumerable<Source> sources, Func<string, bool> wanted)
    {
        Source[] all = [.. sources];
        var (product, worker) = TidyOrder.Compile(all);
        return
            from source in all
            let compilation = source.Path.StartsWith("src/ProactiveCare/", StringComparison.Ordinal) ? product
                : source.Path.StartsWith("src/ProactiveCare.Worker/", StringComparison.Ordinal) ? worker
                : null
            where compilation is not null
                && !source.Path.StartsWith("src/ProactiveCare/Storage/", StringComparison.Ordinal)
            let model = compilation.GetSemanticModel(source.Tree)
            from node in source.Syntax.DescendantNodes().OfType<SimpleNameSyntax>()
            where wanted(node.Identifier.Text)
            let symbol = model.GetSymbolInfo(node).Symbol
            where symbol is not null
            select (source, node, symbol);
    }
}
