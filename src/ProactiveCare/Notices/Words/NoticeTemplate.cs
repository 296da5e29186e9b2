namespace ProactiveCare.Notices.Words;

/// <summary>A notice as it goes out: three texts from one source.</summary>
public sealed record RenderedNotice(string Subject, string Text, string Html);

/// <summary>A template cannot be used; each problem names its line.</summary>
public sealed class NoticeTemplateException(IReadOnlyList<NoticeProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems.Select(each => $"{each.File}:{each.Line}: {each.Message}")))
{
    /// <summary>All that is wrong.</summary>
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
    /// <exception cref="NoticeTemplateException">
    /// The text uses what a notice may not use, or has no subject.
    /// </exception>
    public static NoticeTemplate Parse(string file, string source)
    {
        var text = Normalise(source);
        var problems = TemplateSyntax.Scan(file, text).Problems;
        problems.AddRange(SubjectProblems(file, text));
        if (problems.Count > 0) throw new NoticeTemplateException(problems);
        return Compile(text);
    }

    /// <summary>Fills in the values and lays the notice out.</summary>
    /// <param name="model">
    /// Strings and flags by lower-case name; a flag that is asked for and absent counts as false.
    /// </param>
    /// <param name="locale">The language of the words, for screen readers and hyphenation.</param>
    /// <param name="company">Who writes; heads the HTML part.</param>
    /// <exception cref="NoticeTemplateException">A value that the text needs is not in the model.</exception>
    public RenderedNotice Render(IReadOnlyDictionary<string, object> model, string locale, string company)
    {
        var line = HarmlessText.OneLine(subject.Fill(model, HarmlessText.OneLine));
        var markdown = MarkdownText.Parse(FillBody(model));
        return new(line, PlainText.Of(markdown), HtmlMail.Of(markdown, line, locale, company));
    }

    internal static string Normalise(string source) =>
        source.TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    /// <summary>Subject and body are read apart, so that an {{#if}} of one cannot end in the other.</summary>
    internal static NoticeTemplate Compile(string text)
    {
        var head = text.IndexOf('\n', StringComparison.Ordinal);
        return new(text[SubjectMark.Length..head].Trim(), WithoutCommentLines(text[head..]));
    }

    /// <summary>The Markdown with the values filled in, before it becomes text or HTML.</summary>
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

    // A line of several comments would otherwise stay as an empty one, which ends a paragraph.
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
