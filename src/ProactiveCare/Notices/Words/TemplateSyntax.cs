namespace ProactiveCare.Notices.Words;

/// <summary>An error in a notice template, worded for its author.</summary>
/// <param name="File">The file as the caller named it.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Message">The problem and its remedy.</param>
public sealed record NoticeProblem(string File, int Line, string Message);

internal enum TagKind
{
    Value,
    If,
    Else,
    EndIf,
    Comment,
}

/// <summary>One <c>{{...}}</c>; Start and End are offsets into the text, End after the braces.</summary>
internal sealed record TemplateTag(TagKind Kind, string Name, int Start, int End, int Line);

/// <summary>The tags that a notice may use, written as in Handlebars; everything else is refused.</summary>
internal static class TemplateSyntax
{
    public const int MaxLength = 64 * 1024;
    public const int MaxDepth = 4;
    private const int MaxTags = 300;
    // Markdown's parsing time grows with the square of their number.
    private const int MaxMarks = 1000;

    public static (List<TemplateTag> Tags, List<NoticeProblem> Problems) Scan(string file, string text)
    {
        var tags = new List<TemplateTag>();
        var problems = new List<NoticeProblem>();
        if (text.Length > MaxLength)
        {
            problems.Add(new(file, 1, $"The template has {text.Length} characters; the most is {MaxLength}."));
            return (tags, problems);
        }
        if (text.Any(IsPrivateUse))
            problems.Add(
                new(file, 1, "The template has private-use characters (U+E000 to U+F8FF), which no mail can show."));
        if (text.Any(c => char.IsControl(c) && c is not '\n' and not '\t'))
            problems.Add(new(file, 1, "The template has control characters, which no mail can show."));
        if (text.Count(c => "[]<>*_`".Contains(c, StringComparison.Ordinal)) is > MaxMarks and var marks)
            problems.Add(new(file, 1, $"The template has {marks} marks of Markdown; the most is {MaxMarks}."));
        problems.AddRange(ReadTags(file, text, tags));
        return (tags, problems);
    }

    /// <summary>Adds the tags of a text; returns the errors of syntax and nesting.</summary>
    public static List<NoticeProblem> ReadTags(string file, string text, List<TemplateTag> tags)
    {
        var problems = new List<NoticeProblem>();
        for (var at = text.IndexOf("{{", StringComparison.Ordinal); at >= 0;)
        {
            var line = LineOf(text, at);
            if (tags.Count + problems.Count > MaxTags)
            {
                problems.Add(new(file, line, $"There are more than {MaxTags} tags or problems up to here."));
                break;
            }
            var end = text.IndexOf("}}", at, StringComparison.Ordinal);
            if (end < 0)
            {
                problems.Add(new(file, line, "'{{' is never closed with '}}'."));
                break;
            }
            end += 2;
            var inner = text[(at + 2)..(end - 2)];
            if (Refusal(inner, at > 0 ? text[at - 1] : ' ', end < text.Length ? text[end] : ' ') is { } refusal)
                problems.Add(new(file, line, refusal));
            else
                tags.Add(Read(inner, at, end, line));
            at = text.IndexOf("{{", end, StringComparison.Ordinal);
        }
        CheckNesting(file, tags, problems);
        return problems;
    }

    public static int LineOf(string text, int offset) => text.AsSpan(0, offset).Count('\n') + 1;

    public static bool IsName(string name) =>
        name.Length > 0 && char.IsAsciiLetterLower(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    private static bool IsPrivateUse(char c) => c is >= '\uE000' and <= '\uF8FF';

    private static string? Refusal(string inner, char before, char after)
    {
        const string allowed = "A notice may use {{name}}, {{#if name}}, {{else}}, {{/if}} and {{! comment}}.";
        var trimmed = inner.Trim();
        if (inner.StartsWith('{') || after == '}') return "'{{{' would put a value in unescaped. " + allowed;
        if (before == '\\') return "A backslash before '{{' is not read as you may expect; leave it out. " + allowed;
        if (inner.StartsWith("!--", StringComparison.Ordinal))
            return "Write comments as {{! comment }}, without dashes.";
        if (inner.StartsWith('!') || trimmed is "else" or "/if" || IsName(trimmed)) return null;
        if (trimmed.StartsWith("#if ", StringComparison.Ordinal) && IsName(trimmed[4..].Trim())) return null;
        return $"'{{{{{HarmlessText.Shown(inner)}}}}}' is not allowed. {allowed} "
            + "Names are lower-case letters, digits and underscores.";
    }

    private static TemplateTag Read(string inner, int at, int end, int line)
    {
        var trimmed = inner.Trim();
        return trimmed switch
        {
            ['!', .. var comment] => new(TagKind.Comment, comment.Trim(), at, end, line),
            "else" => new(TagKind.Else, "", at, end, line),
            "/if" => new(TagKind.EndIf, "", at, end, line),
            ['#', 'i', 'f', ' ', .. var name] => new(TagKind.If, name.Trim(), at, end, line),
            _ => new(TagKind.Value, trimmed, at, end, line),
        };
    }

    private static void CheckNesting(string file, List<TemplateTag> tags, List<NoticeProblem> problems)
    {
        var open = new Stack<(TemplateTag Tag, bool Else)>();
        foreach (var tag in tags)
        {
            switch (tag.Kind)
            {
                case TagKind.If:
                    open.Push((tag, false));
                    if (open.Count == MaxDepth + 1)
                        problems.Add(new(file, tag.Line, $"{{{{#if}}}} is nested deeper than {MaxDepth}."));
                    break;
                case TagKind.Else when open.Count == 0 || open.Peek().Else:
                    problems.Add(new(file, tag.Line, "{{else}} stands outside an {{#if}}, or is its second one."));
                    break;
                case TagKind.Else:
                    open.Push((open.Pop().Tag, true));
                    break;
                case TagKind.EndIf when open.Count == 0:
                    problems.Add(new(file, tag.Line, "{{/if}} closes nothing."));
                    break;
                case TagKind.EndIf:
                    open.Pop();
                    break;
            }
        }
        problems.AddRange(
            open.Select(each => new NoticeProblem(file, each.Tag.Line, "{{#if}} is never closed with {{/if}}.")));
    }
}

/// <summary>A text with tags, split once and rendered for each notice.</summary>
internal sealed class TemplateText
{
    private readonly List<TemplateTag> tags = [];
    // One more than there are tags: the text before each, and after the last.
    private readonly string[] texts;

    /// <exception cref="NoticeTemplateException">An {{#if}} does not end in this text.</exception>
    public TemplateText(string text)
    {
        var problems = TemplateSyntax.ReadTags("notice", text, tags);
        if (problems.Count > 0)
            throw new NoticeTemplateException(
                [new("notice", 1, $"Subject and body must each be whole: {problems[0].Message}")]);
        texts = new string[tags.Count + 1];
        for (var i = 0; i <= tags.Count; i++)
        {
            var (start, end) = (i == 0 ? 0 : tags[i - 1].End, i == tags.Count ? text.Length : tags[i].Start);
            if (i > 0 && OwnLine(text, tags[i - 1]) is { } before) start = Math.Max(start, before.End);
            if (i < tags.Count && OwnLine(text, tags[i]) is { } after) end = Math.Max(start, after.Start);
            texts[i] = text[start..end];
        }
    }

    /// <summary>Renders the text with its values.</summary>
    /// <exception cref="NoticeTemplateException">A value that the text needs is absent.</exception>
    public string Fill(IReadOnlyDictionary<string, object> values, Func<string, string> encode)
    {
        var filled = new StringBuilder(texts[0]);
        var open = new Stack<(bool Outside, bool IsSet)>();
        var shown = true;
        for (var i = 0; i < tags.Count; i++)
        {
            switch (tags[i].Kind)
            {
                case TagKind.If:
                    open.Push((shown, values.GetValueOrDefault(tags[i].Name) is true or string { Length: > 0 }));
                    shown &= open.Peek().IsSet;
                    break;
                case TagKind.Else:
                    shown = open.Peek() is { Outside: true, IsSet: false };
                    break;
                case TagKind.EndIf:
                    shown = open.Pop().Outside;
                    break;
                case TagKind.Value when shown:
                    Append(filled, encode(Value(values, tags[i].Name)), texts[i + 1]);
                    break;
            }
            if (shown) filled.Append(texts[i + 1]);
        }
        return filled.ToString();
    }

    // "Hello {{customer_name}}," greets somebody without a name with "Hello,".
    private static void Append(StringBuilder filled, string value, string next)
    {
        var marked = next is [',' or '.' or '!' or ':' or ';', ..];
        if (value.Length == 0 && marked && filled.Length > 0 && filled[^1] == ' ') filled.Length--;
        filled.Append(value);
    }

    private static string Value(IReadOnlyDictionary<string, object> values, string name) =>
        values.GetValueOrDefault(name)?.ToString()
        ?? throw new NoticeTemplateException(
            [new("notice", 1, $"The notice cannot be filled in: {name} is undefined.")]);

    /// <summary>The line, with its line end, of a tag that is alone on it and renders nothing.</summary>
    private static (int Start, int End)? OwnLine(string text, TemplateTag tag)
    {
        if (tag.Kind == TagKind.Value) return null;
        var start = tag.Start;
        while (start > 0 && text[start - 1] is (' ' or '\t')) start--;
        var end = tag.End;
        while (end < text.Length && text[end] is (' ' or '\t')) end++;
        return (start == 0 || text[start - 1] == '\n') && (end == text.Length || text[end] == '\n')
            ? (start, Math.Min(end + 1, text.Length))
            : null;
    }
}
