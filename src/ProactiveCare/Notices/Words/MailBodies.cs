using System.Net;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ProactiveCare.Notices.Words;

/// <summary>The Markdown of notices: CommonMark without HTML and images, with the links that mail may carry.</summary>
internal static class MarkdownText
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().Build();
    private static readonly string[] Schemes = ["https://", "http://", "mailto:"];

    public static MarkdownDocument Parse(string text)
    {
        var document = Markdown.Parse(text, Pipeline);
        // A value might be used as a link target; an unusual link is replaced by its text.
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

/// <summary>The text part of a notice: readable plain text, wrapped at a comfortable width.</summary>
internal static class PlainText
{
    private const int Width = 72;

    public static string Of(MarkdownDocument document) => string.Join("\n\n", Blocks(document, Width)) + "\n";

    private static List<string> Blocks(ContainerBlock container, int width) =>
        [.. container.Select(block => Block(block, width)).Where(text => text.Length > 0)];

    private static string Block(Block block, int width) => block switch
    {
        ListBlock list => List(list, width),
        QuoteBlock quote => Prefix(string.Join("\n\n", Blocks(quote, width - 2)), "> ", "> "),
        ContainerBlock container => string.Join("\n\n", Blocks(container, width)),
        CodeBlock code => Prefix(code.Lines.ToString().TrimEnd('\n'), "    ", "    "),
        ThematicBreakBlock => new string('-', 24),
        LeafBlock { Inline: { } inline } => Wrap(Inlines(inline), width),
        _ => "",
    };

    private static string List(ListBlock list, int width)
    {
        var number = int.TryParse(list.OrderedStart, out var start) ? start : 1;
        var items = new List<string>();
        foreach (var item in list.OfType<ListItemBlock>())
        {
            var mark = list.IsOrdered ? $"{number++}. " : "- ";
            items.Add(
                Prefix(string.Join("\n\n", Blocks(item, width - mark.Length)), mark, new string(' ', mark.Length)));
        }
        return string.Join(list.IsLoose ? "\n\n" : "\n", items);
    }

    private static string Prefix(string text, string first, string others)
    {
        var lines = text.Split('\n').Select((line, at) => ((at == 0 ? first : others) + line).TrimEnd());
        return string.Join('\n', lines);
    }

    private static string Inlines(ContainerInline container)
    {
        var text = new StringBuilder();
        foreach (var inline in container)
        {
            text.Append(inline switch
            {
                LiteralInline literal => literal.Content.ToString(),
                CodeInline code => code.Content,
                LineBreakInline line => line.IsHard ? "\n" : " ",
                HtmlEntityInline entity => entity.Transcoded.ToString(),
                AutolinkInline auto => auto.Url,
                LinkInline link => Link(Inlines(link), link.Url ?? ""),
                ContainerInline nested => Inlines(nested),
                _ => "",
            });
        }
        return text.ToString();
    }

    private static string Link(string words, string url)
    {
        var target = url.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? url["mailto:".Length..] : url;
        return words == target || words.Length == 0 ? target : $"{words} ({target})";
    }

    private static string Wrap(string text, int width) =>
        string.Join('\n', text.Split('\n').Select(line => WrapLine(line, width)));

    private static string WrapLine(string line, int width)
    {
        var wrapped = new StringBuilder();
        var column = 0;
        foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var length = word.EnumerateRunes().Count();
            if (column > 0 && column + 1 + length > width)
            {
                wrapped.Append('\n');
                column = 0;
            }
            else if (column > 0)
            {
                wrapped.Append(' ');
                column++;
            }
            wrapped.Append(word);
            column += length;
        }
        return wrapped.ToString();
    }
}

/// <summary>The HTML part of a notice. One column that fits a phone, the reader's own fonts, light and dark, no
/// external resources: a mail about money must neither look like nor track like an advertisement.</summary>
internal static class HtmlMail
{
    private const string Style = """
        body{margin:0;padding:0;background:#f3f4f2;color:#1d2521;
        font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;
        font-size:17px;line-height:1.55;-webkit-text-size-adjust:100%}
        .page{width:100%;background:#f3f4f2}
        .card{max-width:600px;margin:0 auto;background:#ffffff;border-radius:12px}
        .head{padding:22px 28px 0;font-size:15px;font-weight:600;color:#1b6b4a}
        .body{padding:6px 28px 22px;overflow-wrap:anywhere}
        h1,h2,h3{font-size:21px;line-height:1.3;margin:18px 0 8px}
        p{margin:0 0 16px}ul,ol{margin:0 0 16px;padding-inline-start:22px}li{margin:0 0 6px}
        a{color:#155c8a;text-decoration:underline}
        hr{border:0;border-top:1px solid #d9dedb;margin:20px 0}
        @media(prefers-color-scheme:dark){body,.page{background:#141816;color:#e8ece9}.card{background:#1f2522}
        .head{color:#7fd3ae}a{color:#8cc7ef}hr{border-top-color:#3a433e}}
        @media(max-width:480px){.head{padding:18px 20px 0}.body{padding:4px 20px 16px}.card{border-radius:0}}
        """;

    public static string Of(MarkdownDocument document, string subject, string locale, string company)
    {
        var culture = Wording.CultureOf(locale);
        var direction = culture.TextInfo.IsRightToLeft ? "rtl" : "ltr";
        return string.Create(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="{WebUtility.HtmlEncode(culture.Name)}" dir="{direction}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="supported-color-schemes" content="light dark">
            <title>{WebUtility.HtmlEncode(subject)}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0">
            <tr><td style="padding:16px 0">
            <div class="card" role="article" lang="{WebUtility.HtmlEncode(culture.Name)}" dir="{direction}">
            <div class="head">{WebUtility.HtmlEncode(company)}</div>
            <div class="body">
            {MarkdownText.ToHtml(document).TrimEnd()}
            </div>
            </div>
            </td></tr></table>
            </body>
            </html>

            """);
    }
}
