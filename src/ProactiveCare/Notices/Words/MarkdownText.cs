using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ProactiveCare.Notices.Words;

/// <summary>
/// The Markdown of notices: CommonMark without HTML, without pictures, with links that mail may carry.
/// </summary>
internal static class MarkdownText
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().Build();
    private static readonly string[] Schemes = ["https://", "http://", "mailto:"];

    public static MarkdownDocument Parse(string text)
    {
        var document = Markdown.Parse(text, Pipeline);
        // A value might be put where a link goes; what is no ordinary link becomes the words that it showed.
        foreach (var link in document.Descendants<LinkInline>().Where(each => !IsAllowed(each)).ToList())
        {
            var words = new ContainerInline();
            link.ReplaceBy(words, copyChildren: true);
        }
        var bare = document.Descendants<AutolinkInline>().Where(each => !each.IsEmail && !IsAllowed(each.Url));
        foreach (var link in bare.ToList())
            link.ReplaceBy(new LiteralInline(link.Url));
        return document;
    }

    public static string ToHtml(MarkdownDocument document) => document.ToHtml(Pipeline);

    public static bool IsAllowed(LinkInline link) => !link.IsImage && IsAllowed(link.Url ?? "");

    private static bool IsAllowed(string url) =>
        Schemes.Any(scheme => url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));
}
