using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ProactiveCare.Tests;

/// <summary>Words that the product has replaced by the field's own, and types cut in parts by their length.</summary>
internal static class TidyWords
{
    private const string Product = "src/";

    // As the name of a type or a member.
    private static readonly string[] Replaced =
    [
        "Sitting", "Matter", "PreparedFinding", "FactsOf", "Holder", "TakenException", "Shards", "Turns", "TakeTurn",
        "Manners", "Manner", "RelayRest", "Silence", "Silences", "JobAlarms", "AlarmStore", "AlarmJob", "Chore",
        "ChoreService", "Vitals", "BodyRoom", "KeyRing", "Deed", "Hosted", "Engine", "WorkerLoops", "SeenValues",
        "GoOn", "DiskTrouble", "TroubleOf",
    ];

    // As the name of a type; members have them in their usual sense.
    private static readonly string[] ReplacedTypes = ["Refusal", "Trail", "Product", "Reading", "Bad", "Releases"];

    // Statements execute where they stand.
    private static readonly string[] Deferred = ["Post", "Ask", "Send"];

    public static IEnumerable<string> Names(IEnumerable<Source> sources) =>
        from source in sources
        where source.Path.StartsWith(Product, StringComparison.Ordinal)
        from node in source.Syntax.DescendantNodes()
        let name = Declared(node)
        where name is { } declared
            && (Replaced.Contains(declared.Text) || (IsType(node) && IsReplaced(source, node, declared.Text))
                || (node.Parent is TypeDeclarationSyntax { Identifier.Text: "Db" } && Deferred.Contains(declared.Text)))
        select source.At(name.Value, $"{name.Value.Text} is a replaced word");

    public static IEnumerable<string> Parts(IEnumerable<Source> sources) =>
        from source in sources
        where source.Path.StartsWith(Product, StringComparison.Ordinal)
        from type in source.Syntax.DescendantNodes().OfType<TypeDeclarationSyntax>()
        group source.Path by (Project: source.Path.Split('/')[1], Name: FullName(type)) into parts
        let files = parts.Distinct().Order(StringComparer.Ordinal).ToList()
        where files.Count > 1
        select $"{string.Join(", ", files)}: {parts.Key.Name} is cut in parts";

    private static bool IsType(SyntaxNode node) => node is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax;

    private static bool IsReplaced(Source source, SyntaxNode type, string name) => name switch
    {
        "Answer" => type is TypeDeclarationSyntax { TypeParameterList: not null },
        "Claims" => source.Path.Contains("/Detection/", StringComparison.Ordinal),
        _ => ReplacedTypes.Contains(name),
    };

    private static SyntaxToken? Declared(SyntaxNode node) => node switch
    {
        BaseTypeDeclarationSyntax type => type.Identifier,
        DelegateDeclarationSyntax type => type.Identifier,
        MethodDeclarationSyntax method => method.Identifier,
        PropertyDeclarationSyntax property => property.Identifier,
        EnumMemberDeclarationSyntax member => member.Identifier,
        VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax } field => field.Identifier,
        ParameterSyntax { Parent.Parent: RecordDeclarationSyntax } parameter => parameter.Identifier,
        _ => null,
    };

    private static string FullName(TypeDeclarationSyntax type) => string.Join('.',
        type.AncestorsAndSelf().Reverse().Select(node => node switch
        {
            BaseNamespaceDeclarationSyntax space => $"{space.Name}",
            TypeDeclarationSyntax { TypeParameterList.Parameters.Count: var count } outer =>
                $"{outer.Identifier.Text}`{count}",
            TypeDeclarationSyntax outer => outer.Identifier.Text,
            _ => "",
        }).Where(part => part.Length > 0));
}
