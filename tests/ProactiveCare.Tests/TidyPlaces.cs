using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ProactiveCare.Tests;

/// <summary>The permitted places of libraries, names of machines and kinds of folders.</summary>
internal static partial class TidyPlaces
{
    private static readonly (string[] Libraries, string[] Places)[] Homes =
    [
        (["Quartz", "Microsoft.AspNetCore", "System.CommandLine", "Spectre"], ["src/ProactiveCare.Worker/"]),
        (["Microsoft.Data.Sqlite", "SQLitePCL", "Npgsql"], ["src/ProactiveCare/Storage/"]),
        (["System.Net.Mail"], []),
        (["MailKit", "MimeKit", "Org.BouncyCastle"], ["src/ProactiveCare/Notices/Mail/"]),
        // The mail transport; the worker has a socket of its own for its commands.
        (["System.Net.Sockets"], ["src/ProactiveCare/Notices/Mail/", "src/ProactiveCare.Worker/"]),
    ];

    private static readonly string[] Shapeless = ["Common", "Services", "Models", "Interfaces", "Helpers", "Utils"];

    // Split, so that this file contains none.
    private static readonly string[] Registries =
    [
        "nuget" + ".org", "npm" + "js.", "py" + "pi.org", "deb." + "debian", "docker" + ".io", "ghcr" + ".io",
        "mcr." + "microsoft", "crates" + ".io", "proxy." + "golang", "repo." + "maven", "pkgs." + "dev.azure",
    ];

    public static IEnumerable<string> Libraries(Source source) =>
        from node in source.Syntax.DescendantNodes()
        let name = node switch
        {
            UsingDirectiveSyntax used => used.NamespaceOrType.ToString(),
            QualifiedNameSyntax or MemberAccessExpressionSyntax => node.ToString(),
            _ => null,
        }
        where name is not null
        from home in Homes
        where source.Path.StartsWith("src/", StringComparison.Ordinal)
            && !home.Places.Any(place => source.Path.StartsWith(place, StringComparison.Ordinal))
            && home.Libraries.Any(library => Begins(name, library))
        select source.At(node, $"{name} has no place here");

    /// <summary>The product's project file: libraries of the host, and the compiler's look at documentation.</summary>
    public static IEnumerable<string> Project(Source source)
    {
        var project = XDocument.Parse(source.Text);
        var references = project.Descendants("PackageReference").Concat(project.Descendants("FrameworkReference"));
        foreach (var name in references.Select(reference => (string?)reference.Attribute("Include") ?? ""))
            if (Homes[0].Libraries.Any(library => Begins(name, library)))
                yield return $"{source.Path}: refers to {name}, which is the worker's";
        if ((string?)project.Root?.Attribute("Sdk") != "Microsoft.NET.Sdk")
            yield return $"{source.Path}: is no plain library";
        if (project.Descendants("GenerateDocumentationFile").SingleOrDefault()?.Value != "true")
            yield return $"{source.Path}: does not have the compiler look at its documentation";
    }

    /// <summary>Ways of silencing the compiler about a public member without documentation.</summary>
    public static IEnumerable<string> Silenced(Source source)
    {
        const string rule = "CS1591";
        var section = "";
        foreach (var (index, line) in source.Text.Split('\n').Index())
        {
            if (line.StartsWith('[')) section = line;
            if (section.StartsWith("[tests/", StringComparison.Ordinal)) continue;
            if (line.Contains(rule, StringComparison.Ordinal))
                yield return $"{source.Path}:{index + 1}: silences {rule}";
        }
    }

    public static IEnumerable<string> Folders(string file) =>
        from folder in file.Split('/')[..^1]
        where Shapeless.Contains(folder, StringComparer.OrdinalIgnoreCase)
        select $"{file}: the folder {folder} says nothing of what is in it";

    public static IEnumerable<string> Machines(Source source)
    {
        foreach (var (index, line) in source.Text.Split('\n').Index())
        {
            var baseImage = source.Path == "Dockerfile" && line.StartsWith("FROM ", StringComparison.Ordinal);
            if (!baseImage && Registries.Any(host => line.Contains(host, StringComparison.OrdinalIgnoreCase)))
                yield return $"{source.Path}:{index + 1}: names a package registry";
            if (OwnPath().IsMatch(line)) yield return $"{source.Path}:{index + 1}: a path of one machine";
        }
    }

    private static bool Begins(string name, string library) =>
        name.StartsWith(library, StringComparison.Ordinal)
        && (name.Length == library.Length || name[library.Length] == '.');

    [GeneratedRegex(
        @"(?<![\w.}~*-])/(work|home|root|Users|tmp/h|opt/nuget)/|\b[A-Z]:\\Users\\",
        RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex OwnPath();
}
