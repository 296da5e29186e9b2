using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ProactiveCare.Tests;

/// <summary>The files of the source tree: those that are committed or would be.</summary>
internal static class TidyTree
{
    // The kinds of text files that people of this project write; recorded data is not theirs.
    private static readonly string[] TextNames =
    [
        ".cs", ".sql", ".yaml", ".yml", ".md", ".csproj", ".props", ".json", ".sh", ".txt", ".html", ".css", ".js",
    ];

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Paths below the root, with slashes, in order.</summary>
    public static IReadOnlyList<string> Files { get; } = List();

    /// <summary>The C# files of the product and the tests.</summary>
    public static IReadOnlyList<Source> Sources { get; } =
        [.. Files.Where(file => Path.GetExtension(file) == ".cs").Select(file => new Source(file, Read(file)))];

    /// <summary>Everything that a person wrote in this project, recorded data left out.</summary>
    public static IEnumerable<Source> Texts =>
        Files.Where(IsText).Select(file => new Source(file, Read(file)));

    public static string Full(string file) => Path.Combine(Root, file);

    public static string Read(string file) => File.ReadAllText(Full(file));

    public static bool IsExecutable(string file) =>
        OperatingSystem.IsWindows() || File.GetUnixFileMode(Full(file)).HasFlag(UnixFileMode.UserExecute);

    private static bool IsText(string file) =>
        !file.Split('/').Contains("data")
        && (TextNames.Contains(Path.GetExtension(file)) || Path.GetExtension(file).Length == 0 || file.StartsWith('.'));

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "ProactiveCare.sln")))
                return at.FullName;
        throw new InvalidOperationException("The tests must run from a build inside the source tree.");
    }

    private static List<string> List() =>
        [.. (FromGit() ?? FromDisk()).Where(file => File.Exists(Full(file))).Order(StringComparer.Ordinal)];

    private static string[]? FromGit()
    {
        if (!Path.Exists(Full(".git"))) return null;
        var asked = new ProcessStartInfo("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var git = Process.Start(asked)!;
        git.ErrorDataReceived += (_, _) => { };
        git.BeginErrorReadLine();
        var files = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? files.Split('\0', StringSplitOptions.RemoveEmptyEntries) : null;
    }

    // A source archive has no repository.
    private static IEnumerable<string> FromDisk() =>
        Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or ".git" or "TestResults"));
}

/// <summary>A file of the tree and its text.</summary>
internal sealed record Source(string Path, string Text)
{
    private SyntaxTree? tree;

    public SyntaxTree Tree => tree ??= CSharpSyntaxTree.ParseText(Text, path: Path);

    public SyntaxNode Syntax => Tree.GetRoot();

    public string At(SyntaxNodeOrToken where, string what) =>
        $"{Path}:{where.GetLocation()!.GetLineSpan().StartLinePosition.Line + 1}: {what}";
}
