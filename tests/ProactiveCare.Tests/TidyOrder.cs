using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ProactiveCare.Tests;

/// <summary>
/// The order of the folders in a project: a folder uses only those before it. Uses are found by binding, so that one
/// by inference, by an extension method or by a part of a name counts as well.
/// </summary>
/// <param name="Path">The folder of the project, with a slash at its end.</param>
/// <param name="Root">The namespace of the project.</param>
/// <param name="Folders">The folders in their order. The first has no name: it stands for the files beside the folders,
/// except the composition.</param>
/// <param name="Composition">The name, without its ending, of the file that composes all folders; it is last.</param>
internal sealed record TidyOrder(string Path, string Root, string[] Folders, string Composition)
{
    // The files beside the folders: the vocabulary that every folder uses.
    private const string Vocabulary = "";

    // A source generator writes the bodies.
    private const string PartialWithoutBody = "CS8795";

    public static readonly TidyOrder Product = new("src/ProactiveCare/", "ProactiveCare",
    [
        Vocabulary, "Storage", "Audit", "Access", "Customers", "Telemetry", "Hazards", "Outages", "Ledger", "Payments",
        "Notices", "Jobs", "Detection", "Incidents", "Cases", "Feedback", "Finance", "Outcomes", "Privacy",
    ], "CareServices");

    public static readonly TidyOrder Worker = new("src/ProactiveCare.Worker/", "ProactiveCare.Worker",
        [Vocabulary, "Settings", "Http", "Scheduling", "Hosting", "Cli"], "Program");

    private static readonly string[] Ours =
        ["ProactiveCare.dll", "ProactiveCare.Demo.dll", "ProactiveCare.Tests.dll", "proactive-care.dll"];

    private static readonly Lazy<MetadataReference[]> Libraries = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(System.IO.Path.PathSeparator)
            .Where(file => !Ours.Contains(System.IO.Path.GetFileName(file)))
            .Select(file => MetadataReference.CreateFromFile(file))]);

    // The namespaces that the SDK imports, and the assemblies that may see what is internal.
    private static readonly Source Usings = new("usings.cs", """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        global using Dapper; global using NodaTime; global using System.Data.Common;
        global using System.Globalization; global using System.Text;
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("ProactiveCare.Demo")]
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("ProactiveCare.Worker")]
        """);

    private static readonly Source WebUsings = new("web-usings.cs", """
        global using System.Net.Http.Json; global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting; global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing; global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging; global using System.CommandLine;
        """);

    /// <summary>The uses, in both projects, of a folder that comes later.</summary>
    public static IEnumerable<string> Problems(IReadOnlyCollection<Source> sources)
    {
        var (product, worker) = Compile(sources);
        return Product.Problems(sources, product).Concat(Worker.Problems(sources, worker));
    }

    /// <summary>The names that do not bind, so that the order of their uses is not checked.</summary>
    public static IEnumerable<string> Unbound(IReadOnlyCollection<Source> sources)
    {
        var (product, worker) = Compile(sources);
        return product.GetDiagnostics().Concat(worker.GetDiagnostics())
            .Where(each => each.Severity == DiagnosticSeverity.Error && each.Id != PartialWithoutBody)
            .Select(each => each.ToString());
    }

    /// <summary>The worker's project, bound.</summary>
    public static CSharpCompilation CompileWorker(IReadOnlyCollection<Source> sources) => Compile(sources).Worker;

    internal static (CSharpCompilation Product, CSharpCompilation Worker) Compile(IReadOnlyCollection<Source> sources)
    {
        var product = Compile("ProactiveCare", sources, [Usings], []);
        var demo = Compile("ProactiveCare.Demo", sources, [Usings], [product]);
        return (product, Compile("ProactiveCare.Worker", sources, [Usings, WebUsings], [product, demo]));
    }

    private static CSharpCompilation Compile(
        string project, IEnumerable<Source> sources, Source[] usings, CSharpCompilation[] references)
    {
        var trees = In($"src/{project}/", sources).Concat(usings).Select(source => source.Tree);
        return CSharpCompilation.Create(
            project, trees, [.. Libraries.Value, .. references.Select(each => each.ToMetadataReference())],
            new CSharpCompilationOptions(
                usings.Contains(WebUsings) ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable));
    }

    private static IEnumerable<Source> In(string path, IEnumerable<Source> sources) =>
        sources.Where(source => source.Path.StartsWith(path, StringComparison.Ordinal));

    private IEnumerable<string> Problems(IEnumerable<Source> sources, CSharpCompilation compilation) =>
        In(Path, sources).SelectMany(source => Problems(source, compilation));

    private IEnumerable<string> Problems(Source source, CSharpCompilation compilation)
    {
        var parts = source.Path[Path.Length..].Split('/');
        var folder = parts.Length > 1 ? parts[0] : Vocabulary;
        var place = parts is [var file] && file == Composition + ".cs"
            ? Folders.Length
            : Array.IndexOf(Folders, folder);
        if (place < 0) return [$"{source.Path}: stands in none of the folders {string.Join(", ", Folders)}"];
        var declared = source.Syntax.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
            .Where(space => FolderOf(space.Name.ToString()) != folder)
            .Select(space => source.At(space, $"the namespace {space.Name} in the folder {folder}"));
        var model = compilation.GetSemanticModel(source.Tree);
        var used =
            from name in source.Syntax.DescendantNodes().OfType<SimpleNameSyntax>()
            let symbol = model.GetSymbolInfo(name).Symbol
            let other = FolderOf(Space(symbol, name))
            where Array.IndexOf(Folders, other) > place || IsComposition(symbol) && place < Folders.Length
            select source.At(name, $"{source.Path} uses {other} ({name}), which comes after it");
        return declared.Concat(used).Distinct();
    }

    private bool IsComposition(ISymbol? symbol) =>
        (symbol as INamedTypeSymbol ?? symbol?.ContainingType)?.ToDisplayString() == $"{Root}.{Composition}";

    // A namespace counts where a using names it; elsewhere the type or member behind it does.
    private static string? Space(ISymbol? symbol, SyntaxNode name) => symbol switch
    {
        null => null,
        INamespaceSymbol when name.FirstAncestorOrSelf<UsingDirectiveSyntax>() is null => null,
        INamespaceSymbol space => space.ToDisplayString(),
        _ => symbol.ContainingNamespace?.ToDisplayString(),
    };

    private string? FolderOf(string? space) =>
        space == Root ? Vocabulary
        : space?.StartsWith(Root + ".", StringComparison.Ordinal) == true ? space[(Root.Length + 1)..].Split('.')[0]
        : null;
}
