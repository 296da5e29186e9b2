using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace ProactiveCare.Tests;

/// <summary>The maxima of every file, and the marks of unfinished work.</summary>
internal static partial class TidyMaxima
{
    private const int FileLines = 300;
    private const int MethodLines = 70;
    private const int Columns = 120;
    private const int ConstructorParameters = 5;

    public static IEnumerable<string> Problems(Source source) =>
    [
        .. Long(source), .. Methods(source), .. Constructors(source), .. Regions(source), .. Unfinished(source),
        .. Marks(source),
    ];

    /// <summary>Notes of work left undone, in any kind of file.</summary>
    public static IEnumerable<string> Marks(Source source) =>
        source.Text.Split('\n').Index().Where(line => Mark().IsMatch(line.Item))
            .Select(line => $"{source.Path}:{line.Index + 1}: a note of unfinished work");

    private static IEnumerable<string> Long(Source source)
    {
        var lines = source.Text.TrimEnd('\n').Split('\n');
        if (lines.Length > FileLines) yield return $"{source.Path}: {lines.Length} lines, {FileLines} at most";
        foreach (var (index, line) in lines.Index())
            if (line.TrimEnd('\r').Length > Columns)
                yield return $"{source.Path}:{index + 1}: {line.Length} columns, {Columns} at most";
    }

    private static IEnumerable<string> Methods(Source source) =>
        from node in source.Syntax.DescendantNodesAndSelf()
        where node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax
            or AnonymousFunctionExpressionSyntax
            || node is PropertyDeclarationSyntax { ExpressionBody: not null }
            || (node is CompilationUnitSyntax program && Statements(program).Length > 0)
        let lines = Lines(node)
        where lines > MethodLines
        select source.At(node, $"a method of {lines} lines, {MethodLines} at most");

    private static int Lines(SyntaxNode node)
    {
        var span = node is CompilationUnitSyntax program && Statements(program) is [var first, ..] all
            ? TextSpan.FromBounds(first.SpanStart, all[^1].Span.End)
            : node.Span;
        var lines = node.SyntaxTree.GetLineSpan(span);
        return lines.EndLinePosition.Line - lines.StartLinePosition.Line + 1;
    }

    private static GlobalStatementSyntax[] Statements(CompilationUnitSyntax program) =>
        [.. program.Members.OfType<GlobalStatementSyntax>()];

    // A record's positional parameters are its data.
    private static IEnumerable<string> Constructors(Source source) =>
        from node in source.Syntax.DescendantNodes()
        let parameters = node switch
        {
            ConstructorDeclarationSyntax constructor => constructor.ParameterList,
            ClassDeclarationSyntax type => type.ParameterList,
            StructDeclarationSyntax type => type.ParameterList,
            _ => null,
        }
        let count = parameters?.Parameters.Count
        where count > ConstructorParameters
        select source.At(node, $"a constructor of {count} parameters, {ConstructorParameters} at most");

    private static IEnumerable<string> Regions(Source source) =>
        from trivia in source.Syntax.DescendantTrivia()
        where trivia.IsKind(SyntaxKind.RegionDirectiveTrivia)
        select $"{source.Path}:{trivia.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: a region";

    private static IEnumerable<string> Unfinished(Source source)
    {
        foreach (var name in source.Syntax.DescendantNodes().OfType<IdentifierNameSyntax>())
            if (name.Identifier.Text == "NotImplementedException")
                yield return source.At(name, "a thing that is not implemented");
        foreach (var argument in source.Syntax.DescendantNodes().OfType<AttributeArgumentSyntax>())
            if (argument.NameEquals?.Name.Identifier.Text == "Skip")
                yield return source.At(argument, "a skipped test");
    }

    // The words are split so that this file does not contain them.
    [GeneratedRegex(@"\b(TO" + "DO|FIX" + @"ME|HA" + @"CK)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Mark();
}
