using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;

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
    private static readonly IHandlebars Plain = Engine(HarmlessText.OneLine);
    private static readonly IHandlebars Marked = Engine(HarmlessText.Markdown);

    private readonly HandlebarsTemplate<object, object> subject;
    private readonly HandlebarsTemplate<object, object> body;
    private readonly IReadOnlyList<string> conditions;

    private NoticeTemplate(string subjectSource, string bodySource, IReadOnlyList<string> conditions)
    {
        subject = Plain.Compile(subjectSource);
        body = Marked.Compile(bodySource);
        this.conditions = conditions;
    }

    /// <summary>Reads a template: a line <c>Subject: ...</c>, an empty line, then Markdown.</summary>
    /// <param name="file">What problems call it.</param>
    /// <param name="source">The whole text, at most 64 kB.</param>
    /// <exception cref="NoticeTemplateException">
    /// The text uses what a notice may not use, or has no subject.
    /// </exception>
    public static NoticeTemplate Parse(string file, string source)
    {
        var text = Normalise(source);
        var (tags, problems) = TemplateSyntax.Scan(file, text);
        problems.AddRange(SubjectProblems(file, text));
        if (problems.Count > 0) throw new NoticeTemplateException(problems);
        return Compile(text, [.. tags.Where(tag => tag.Kind == TagKind.If).Select(tag => tag.Name).Distinct()]);
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
        try
        {
            var values = Scalars(model);
            var line = HarmlessText.OneLine(subject(values));
            var markdown = MarkdownText.Parse(body(values));
            return new(line, PlainText.Of(markdown), HtmlMail.Of(markdown, line, locale, company));
        }
        catch (Exception e) when (e is HandlebarsException or HandlebarsUndefinedBindingException)
        {
            throw new NoticeTemplateException([new("notice", 1, $"The notice cannot be filled in: {e.Message}.")]);
        }
    }

    internal static string Normalise(string source) =>
        source.TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    internal static NoticeTemplate Compile(string text, IReadOnlyList<string> conditions)
    {
        var head = text.IndexOf('\n', StringComparison.Ordinal);
        try
        {
            return new(text[SubjectMark.Length..head].Trim(), WithoutCommentLines(text[head..]), conditions);
        }
        catch (HandlebarsException e)
        {
            // Subject and body are read apart, so that a question asked in one cannot end in the other.
            throw new NoticeTemplateException([new("notice", 1, $"Subject and body must each be whole: {e.Message}.")]);
        }
    }

    /// <summary>The Markdown with the values filled in, before it becomes text or HTML.</summary>
    internal string FillBody(IReadOnlyDictionary<string, object> model) => body(Scalars(model));

    internal static IEnumerable<NoticeProblem> SubjectProblems(string file, string text)
    {
        var lines = text.Split('\n', 3);
        if (!lines[0].StartsWith(SubjectMark, StringComparison.Ordinal)
            || lines[0][SubjectMark.Length..].Trim().Length == 0)
            yield return new(file, 1, "The first line must be 'Subject: ' and the subject of the mail.");
        else if (lines.Length < 3 || lines[1].Trim().Length > 0)
            yield return new(file, 2, "The second line must be empty, and the body must follow it.");
    }

    // Left in, a line of comments alone would end the paragraph that it stands in.
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

    private Dictionary<string, object> Scalars(IReadOnlyDictionary<string, object> model)
    {
        var values = conditions.ToDictionary(name => name, object (_) => false, StringComparer.Ordinal);
        foreach (var (name, value) in model)
        {
            if (value is not (string or bool))
                throw new ArgumentException(
                    $"The notice value '{name}' must be text or a flag, not {value?.GetType().Name ?? "null"}.",
                    nameof(model));
            values[name] = value;
        }
        return values;
    }

    private static IHandlebars Engine(Func<string, string> encode) => Handlebars.Create(new HandlebarsConfiguration
    {
        ThrowOnUnresolvedBindingExpression = true,
        TextEncoder = new ValueEncoder(encode),
    });
}
