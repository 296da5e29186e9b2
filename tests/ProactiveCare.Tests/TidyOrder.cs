using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ProactiveCare.Tests;

/// <summary>
/// The order of the features: each stands in a folder of its own and uses only those before it. The compiler's own
/// binding is asked, so a feature reached by inference, by an extension method or by half a name counts as well.
/// </summary>
internal static class TidyOrder
{
    public static readonly string[] Features =
    [
        Vocabulary, "Storage", "Audit", "Access", "Customers", "Telemetry", "Hazards", "Outages", "Ledger", "Payments",
        "Notices", "Jobs", "Detection", "Incidents", "Cases", "Feedback", "Finance", "Outcomes", "Privacy", Composition,
    ];

    // The files beside the folders: words that every feature uses, and what puts the features together.
    private const string Vocabulary = "";
    private const string Composition = "CareServices";
    private const string Product = "src/ProactiveCare/";

    private static readonly string[] Ours = ["ProactiveCare.dll", "ProactiveCare.Tests.dll", "proactive-care.dll"];

    private static readonly Source Usings = new("usings.cs", """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """);

    public static IEnumerable<string> Problems(IEnumerable<Source> sources)
    {
        Source[] product = [.. sources.Where(source => source.Path.StartsWith(Product, StringComparison.Ordinal))];
        var libraries = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => !Ours.Contains(Path.GetFileName(file)))
            .Select(file => MetadataReference.CreateFromFile(file));
        var trees = product.Prepend(Usings).Select(source => source.Tree);
        var compilation = CSharpCompilation.Create("Tidy", trees, libraries);
        return product.SelectMany(source => Problems(source, compilation));
    }

    private static IEnumerable<string> Problems(Source source, CSharpCompilation compilation)
    {
        var feature = Place(source.Path[Product.Length..].Split('/'));
        var place = Array.IndexOf(Features, feature);
        if (place < 0) return [$"{source.Path}: stands in no feature's folder ({string.Join(", ", Features)})"];
        var declared = source.Syntax.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
            .Where(space => FeatureOf(space.Name.ToString()) != (feature == Composition ? Vocabulary : feature))
            .Select(space => source.At(space, $"the namespace {space.Name} in the folder {feature}"));
        var model = compilation.GetSemanticModel(source.Tree);
        var used =
            from name in source.Syntax.DescendantNodes().OfType<SimpleNameSyntax>()
            let other = FeatureOf(Space(model.GetSymbolInfo(name).Symbol, name))
            where Array.IndexOf(Features, other) > place
            select source.At(name, $"{feature} uses {other} ({name}), which comes after it");
        return declared.Concat(used).Distinct();
    }

    // A namespace counts where a using names it; elsewhere the type or member behind it does.
    private static string? Space(ISymbol? symbol, SyntaxNode name) => symbol switch
    {
        null => null,
        INamespaceSymbol when name.FirstAncestorOrSelf<UsingDirectiveSyntax>() is null => null,
        INamespaceSymbol space => space.ToDisplayString(),
        _ => symbol.ContainingNamespace?.ToDisplayString(),
    };

    private static string? FeatureOf(string? space) =>
        space?.Split('.') is ["ProactiveCare", .. var feature] ? feature.FirstOrDefault(Vocabulary) : null;

    private static string Place(string[] path) => path switch
    {
        ["CareServices.cs"] => Composition,
        [_] => Vocabulary,
        _ => path[0],
    };
}
