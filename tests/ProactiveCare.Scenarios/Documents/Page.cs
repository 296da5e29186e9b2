using System.Text.RegularExpressions;

namespace ProactiveCare.Scenarios.Documents;

/// <summary>A fenced block of a page.</summary>
/// <param name="Page">The page, relative to the root.</param>
/// <param name="Language">The first word behind the fence.</param>
/// <param name="File">The second word: the file that the block is; empty when it is none.</param>
/// <param name="Text">The lines between the fences.</param>
internal sealed record Block(string Page, string Language, string File, string Text)
{
    /// <summary>The name of the block in a failure, and in the list of exceptions.</summary>
    public string Name => $"{Page}: {Text.Split('\n')[0]}";
}

/// <summary>A page of the documents: the README, or a file of <c>docs</c>.</summary>
internal sealed partial record Page(string Path, string Text)
{
    /// <summary>All pages.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. Directory.GetFiles(System.IO.Path.Combine(Repository.Root, "docs"), "*.md").Order(StringComparer.Ordinal)
            .Prepend(System.IO.Path.Combine(Repository.Root, "README.md"))
            .Select(file => new Page(System.IO.Path.GetRelativePath(Repository.Root, file), File.ReadAllText(file))),
    ];

    /// <summary>The fenced blocks in their order.</summary>
    public IReadOnlyList<Block> Blocks =>
    [
        .. Fences().Matches(Text).Select(fence => new Block(
            Path, fence.Groups["language"].Value, fence.Groups["file"].Value, fence.Groups["text"].Value)),
    ];

    /// <summary>A page by its path.</summary>
    public static Page Of(string path) => All.Single(page => page.Path == path);

    /// <summary>
    /// The rows of the tables below a heading, up to the next heading of the same level: the cells by their text.
    /// </summary>
    public IReadOnlyList<string[]> Rows(string heading)
    {
        var level = heading[..(heading.IndexOf(' ', StringComparison.Ordinal) + 1)];
        var below = Text.Split('\n').SkipWhile(line => line != heading).Skip(1).ToList();
        Assert.True(below.Count > 0, $"{Path} has no heading '{heading}'.");
        return
        [
            .. below.TakeWhile(line => !line.StartsWith(level, StringComparison.Ordinal))
                .Where(line => line.StartsWith('|'))
                .Select(line => line.Trim().Trim('|').Split('|').Select(cell => cell.Trim()).ToArray()),
        ];
    }

    /// <summary>The names in backticks in the first cells of those rows, and the other cells of their row.</summary>
    public IReadOnlyList<(string Name, string[] Cells)> Names(string heading) =>
    [
        .. Rows(heading).SelectMany(
            cells => Quoted().Matches(cells[0]), (cells, name) => (name.Groups["text"].Value, cells[1..])),
    ];

    /// <summary>Everything in backticks.</summary>
    public IEnumerable<string> Code => Quoted().Matches(Text).Select(code => code.Groups["text"].Value);

    /// <summary>The addresses of links and pictures that are no web pages.</summary>
    public IEnumerable<string> Links => Targets().Matches(Text).Select(link => link.Groups["to"].Value)
        .Where(to => !to.Contains(':', StringComparison.Ordinal));

    [GeneratedRegex(
        "^```(?<language>[a-z]*)(?: (?<file>\\S+))?\n(?<text>.*?)^```$",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Fences();

    [GeneratedRegex("`(?<text>[^`\n]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Targets();
}
