using System.Reflection;
using System.Text.RegularExpressions;

namespace ProactiveCare.Notices.Words;

/// <summary>A rendered notice: three texts from one source.</summary>
public sealed record RenderedNotice(string Subject, string Text, string Html);

/// <summary>A template cannot be used; each problem names its line.</summary>
public sealed class NoticeTemplateException(IReadOnlyList<NoticeProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems.Select(each => $"{each.File}:{each.Line}: {each.Message}")))
{
    /// <summary>All errors.</summary>
    public IReadOnlyList<NoticeProblem> Problems { get; } = problems;
}

/// <summary>One Markdown file, the source of a notice's subject, text part and HTML part.</summary>
public sealed class NoticeTemplate
{
    private const string SubjectMark = "Subject:";
    private readonly TemplateText subject;
    private readonly TemplateText body;

    private NoticeTemplate(string subject, string body) => (this.subject, this.body) = (new(subject), new(body));

    /// <summary>Reads a template: a line <c>Subject: ...</c>, an empty line, then Markdown.</summary>
    /// <param name="file">The name of the file in problems.</param>
    /// <param name="source">The whole text, at most 64 kB.</param>
    /// <exception cref="NoticeTemplateException">The text uses forbidden syntax, or has no subject.</exception>
    public static NoticeTemplate Parse(string file, string source)
    {
        var text = Normalise(source);
        var problems = TemplateSyntax.Scan(file, text).Problems;
        problems.AddRange(SubjectProblems(file, text));
        if (problems.Count > 0) throw new NoticeTemplateException(problems);
        return Compile(text);
    }

    /// <summary>Renders the notice with the values.</summary>
    /// <param name="model">Strings and flags by lower-case name; an absent flag counts as false.</param>
    /// <param name="locale">The language of the text, for screen readers and hyphenation.</param>
    /// <param name="company">The company; heads the HTML part.</param>
    /// <exception cref="NoticeTemplateException">A value that the text needs is not in the model.</exception>
    public RenderedNotice Render(IReadOnlyDictionary<string, object> model, string locale, string company)
    {
        var line = HarmlessText.OneLine(subject.Fill(model, HarmlessText.OneLine));
        var markdown = MarkdownText.Parse(FillBody(model));
        return new(line, PlainText.Of(markdown), HtmlMail.Of(markdown, line, locale, company));
    }

    internal static string Normalise(string source) =>
        source.TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    /// <summary>Subject and body are parsed separately, so that an {{#if}} of one cannot end in the other.</summary>
    internal static NoticeTemplate Compile(string text)
    {
        var head = text.IndexOf('\n', StringComparison.Ordinal);
        return new(text[SubjectMark.Length..head].Trim(), WithoutCommentLines(text[head..]));
    }

    /// <summary>The Markdown with values, before it becomes text or HTML.</summary>
    internal string FillBody(IReadOnlyDictionary<string, object> model) => body.Fill(model, HarmlessText.Markdown);

    internal static IEnumerable<NoticeProblem> SubjectProblems(string file, string text)
    {
        var lines = text.Split('\n', 3);
        if (!lines[0].StartsWith(SubjectMark, StringComparison.Ordinal)
            || lines[0][SubjectMark.Length..].Trim().Length == 0)
            yield return new(file, 1, "The first line must be 'Subject: ' and the subject of the mail.");
        else if (lines.Length < 3 || lines[1].Trim().Length > 0)
            yield return new(file, 2, "The second line must be empty, and the body must follow it.");
    }

    // A line of several comments would otherwise stay as an empty line, which ends a paragraph.
    private static string WithoutCommentLines(string text) =>
        string.Join('\n', text.Split('\n').Where(line => !IsCommentLine(line)));

    private static bool IsCommentLine(string line)
    {
        var rest = line.Trim();
        if (rest.Length == 0) return false;
        while (rest.StartsWith("{{!", StringComparison.Ordinal)
            && rest.IndexOf("}}", StringComparison.Ordinal) is > 0 and var end)
            rest = rest[(end + 2)..].TrimStart();
        return rest.Length == 0;
    }
}

/// <summary>A notice's template in a job's folder: <c>notice.&lt;locale&gt;[.&lt;event&gt;].md</c>.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Locale">A language, perhaps with a region: <c>en</c>, <c>pt-BR</c>.</param>
/// <param name="Event">The event that the notice reports; null for the job's main notice.</param>
public sealed partial record NoticeFile(string Name, string Locale, NoticeEvent? Event)
{
    /// <summary>The locale that every job has, for customers whose own has no template.</summary>
    public const string Fallback = "en";

    /// <summary>The template of a file name; null when the name is none.</summary>
    public static NoticeFile? Parse(string name)
    {
        if (Form().Match(name) is not { Success: true } parts) return null;
        var word = parts.Groups["event"];
        var kind = NoticeEvent.Find(word.Value);
        return !word.Success || NoticeEvent.ToCustomers.Contains(kind)
                ? new NoticeFile(name, parts.Groups["locale"].Value, kind)
                : null;
    }

    /// <summary>The most specific file: first the event's own in any fitting language, then the main one, unless it
    /// reports an event that has not happened.</summary>
    /// <param name="fileNames">The files of the job's folder, without their paths.</param>
    /// <param name="locale">The customer's locale, such as <c>de-AT</c>; English stands in for a missing one.</param>
    /// <param name="kind">The event that is reported.</param>
    public static NoticeFile? Choose(IEnumerable<string> fileNames, string locale, NoticeEvent kind)
    {
        var there = fileNames.Select(Parse).OfType<NoticeFile>().ToList();
        var exact = locale.Replace('_', '-');
        string[] locales = [exact, Language(exact), Fallback];
        NoticeEvent?[] events = kind.HasOwnWords ? [kind] : [kind, null];
        return events.SelectMany(_ => locales, (own, each) => there.Find(file =>
                file.Event == own && file.Locale.Equals(each, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(file => file is not null);
    }

    /// <summary>The file's template for a customer. A template in another language keeps that language's dates and
    /// amounts.</summary>
    public NoticeWords WordsFor(string text, string locale) =>
        new(text, Language(Locale) == Language(locale) ? locale : Locale);

    private static string Language(string locale) => locale.Split('-', '_')[0].ToLowerInvariant();

    [GeneratedRegex(@"^notice\.(?<locale>[a-z]{2,3}(-[A-Z]{2})?)(\.(?<event>[a-z]+))?\.md\z",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();
}

/// <summary>The product's own words for events that a job need not have words for: the same names as in a job's
/// folder, within the program.</summary>
public static class ProductWords
{
    private static readonly Assembly Program = typeof(ProductWords).Assembly;

    /// <summary>The template for a customer; null when the product has none for the event.</summary>
    public static NoticeWords? For(string locale, NoticeEvent kind)
    {
        if (NoticeFile.Choose(Program.GetManifestResourceNames(), locale, kind) is not { } file) return null;
        using var text = new StreamReader(Program.GetManifestResourceStream(file.Name)!, Encoding.UTF8);
        return file.WordsFor(text.ReadToEnd(), locale);
    }
}
