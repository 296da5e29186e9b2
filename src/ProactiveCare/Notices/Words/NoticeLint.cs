using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ProactiveCare.Notices.Words;

/// <summary>Refuses a notice that leaves questions open. Every branch of the template is rendered and checked, so a
/// part missing in any of them is found.</summary>
public static class NoticeLint
{
    private const int MaxConditions = 6;

    /// <summary>The names available in every notice, beside the detector's evidence.</summary>
    public static IReadOnlySet<string> CommonKeys { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "customer_name", "title", "when", "amount", "arrives", "reply_to", "company", "case_id", "is_refund",
        "is_credit", "is_debited", "is_kept",
    };

    /// <summary>All errors of a template, in the order of lines.</summary>
    /// <param name="file">The name of the file in problems.</param>
    /// <param name="text">The template.</param>
    /// <param name="events">The events that the file reports; a main file may serve several.</param>
    /// <param name="evidenceKeys">The evidence columns of the job's detector, in lower_snake; null where a fault of the
    /// detector hides them, so that names are not judged.</param>
    public static IReadOnlyList<NoticeProblem> Check(
        string file, string text, IReadOnlyCollection<NoticeEvent> events, IEnumerable<string>? evidenceKeys)
    {
        var source = NoticeTemplate.Normalise(text);
        var (tags, syntax) = TemplateSyntax.Scan(file, source);
        List<NoticeProblem> problems = [.. syntax, .. NoticeTemplate.SubjectProblems(file, source)];
        if (evidenceKeys is not null) problems.AddRange(Unknown(file, tags, [.. CommonKeys, .. evidenceKeys]));
        problems.AddRange(Mislabelled(file, tags));
        var conditions = tags.Where(tag => tag.Kind == TagKind.If).Select(tag => tag.Name).Distinct().ToList();
        if (conditions.Count > MaxConditions)
            problems.Add(new(file, 1,
                $"It asks {conditions.Count} different {{{{#if}}}} questions; the most is {MaxConditions}."));
        else if (syntax.Count == 0
            && !problems.Any(each => each.Line <= 2 && each.Message.StartsWith("The ", StringComparison.Ordinal)))
            problems.AddRange(new NoticeReading(file, source, tags, conditions).Problems(events));
        else
            problems.AddRange(Absent(file, tags, events));
        return [.. problems.Distinct().OrderBy(each => each.Line)];
    }

    private static IEnumerable<NoticeProblem> Unknown(string file, List<TemplateTag> tags, HashSet<string> known) =>
        tags.Where(tag => tag.Kind is TagKind.Value or TagKind.If && !known.Contains(tag.Name)).Select(tag =>
            new NoticeProblem(file, tag.Line, $"'{tag.Name}' is not known here; "
                + (Nearest.To(tag.Name, known) is { } near ? $"did you mean '{near}'? Known" : "known")
                + $" are {string.Join(", ", known.Order())}."));

    private static IEnumerable<NoticeProblem> Mislabelled(string file, List<TemplateTag> tags) =>
        from tag in tags
        where tag.Kind == TagKind.Comment && !NoticePart.IsLabel(tag.Name)
        let word = NoticePart.Normal(tag.Name)
        let near = NoticePart.All.FirstOrDefault(part => Nearest.Distance(word, part.Label) <= 3)
        where near is not null
        let shown = HarmlessText.Shown(tag.Name)
        select new NoticeProblem(file, tag.Line, $"'{shown}' marks no part; did you mean '{near.Label}'?");

    private static IEnumerable<NoticeProblem> Absent(
        string file, List<TemplateTag> tags, IReadOnlyCollection<NoticeEvent> events) =>
        from part in NoticePart.All
        where events.Any(part.IsNeeded)
        where !tags.Any(tag => tag.Kind == TagKind.Comment && NoticePart.Normal(tag.Name) == part.Label)
        select Missing(file, part);

    internal static NoticeProblem Missing(string file, NoticePart part) => new(file, 1,
        $"The notice does not say {part.Label}: mark the paragraph that does with {{{{! {part.Label} }}}}.");
}

/// <summary>A part that every notice must have, marked by its author with a comment before its paragraph.</summary>
/// <param name="Label">The comment.</param>
/// <param name="Value">The placeholder that the paragraph must contain; null for none.</param>
/// <param name="MoneyOnly">
/// Whether only a notice about money needs the part (or, for the value, the placeholder).
/// </param>
internal sealed record NoticePart(string Label, string? Value, bool MoneyOnly)
{
    public static readonly NoticePart[] All =
    [
        new("what happened", null, false),
        new("when", "when", false),
        new("what we did", "amount", false),
        new("what you must do", null, false),
        new("when the money arrives", "arrives", true),
        new("how to disagree", "reply_to", false),
    ];

    public bool IsNeeded(NoticeEvent kind) => !MoneyOnly || kind.IsMoney;

    /// <summary>The part about what we did needs an amount only where there is one.</summary>
    public string? ValueFor(NoticeEvent kind) => Value == "amount" && !kind.IsMoney ? null : Value;

    public static bool IsLabel(string comment) => All.Any(part => part.Label == Normal(comment));

    public static string Normal(string comment) =>
        string.Join(' ', comment.ToLowerInvariant().Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>The template with markers in place of labels and values, rendered for every possible case.</summary>
internal sealed class NoticeReading(string file, string source, List<TemplateTag> tags, List<string> conditions)
{
    private const char FirstLabel = '\uE000';
    private const char FirstValue = '\uE100';
    private readonly List<string> names =
        [.. tags.Where(tag => tag.Kind == TagKind.Value).Select(tag => tag.Name).Distinct()];

    public IEnumerable<NoticeProblem> Problems(IReadOnlyCollection<NoticeEvent> events)
    {
        NoticeTemplate template;
        try
        {
            template = NoticeTemplate.Compile(WithLabelSigns());
        }
        catch (NoticeTemplateException e)
        {
            return e.Problems.Select(problem => problem with { File = file });
        }
        var cases = events.SelectMany(kind => Cases(kind).Select(flags => (kind, flags))).ToList();
        return cases
            .SelectMany(
                each => OfOne(template, each.kind, each.flags),
                (each, problem) => (problem, each.kind, each.flags))
            .GroupBy(found => found.problem)
            .Select(group => group.Count() == cases.Count ? group.Key : Placed(group.First(), events.Count > 1));
    }

    private static NoticeProblem Placed(
        (NoticeProblem Problem, NoticeEvent Kind, Dictionary<string, bool> Flags) found, bool nameEvent)
    {
        var said = found.Flags.Where(flag => flag.Key is not ("is_refund" or "is_credit"))
            .Select(flag => $"{flag.Key} is {(flag.Value ? "set" : "not set")}").ToList();
        var where = (nameEvent ? $" In a '{found.Kind}' notice." : "")
            + (said.Count > 0 ? $" So it is when {string.Join(" and ", said)}." : "");
        return found.Problem with { Message = found.Problem.Message + where };
    }

    private string WithLabelSigns()
    {
        var marked = source;
        foreach (var tag in tags.Where(tag => tag.Kind == TagKind.Comment).Reverse())
        {
            var label = Array.FindIndex(NoticePart.All, part => part.Label == NoticePart.Normal(tag.Name));
            var sign = label < 0 ? "" : ((char)(FirstLabel + label)).ToString();
            marked = marked[..tag.Start] + sign + marked[tag.End..];
        }
        return marked;
    }

    private IEnumerable<Dictionary<string, bool>> Cases(NoticeEvent kind)
    {
        for (var bits = 0; bits < 1 << conditions.Count; bits++)
        {
            var chosen = bits;
            var flags = conditions.Select((name, at) => (name, Set: (chosen >> at & 1) == 1))
                .ToDictionary(flag => flag.name, flag => flag.Set);
            var (isRefund, isCredit) = (kind == NoticeEvent.Refunded, kind == NoticeEvent.Credited);
            if (flags.GetValueOrDefault("is_refund", isRefund) == isRefund
                && flags.GetValueOrDefault("is_credit", isCredit) == isCredit)
                yield return flags;
        }
    }

    private IEnumerable<NoticeProblem> OfOne(NoticeTemplate template, NoticeEvent kind, Dictionary<string, bool> flags)
    {
        var model = names.Select((name, at) => (name, Value: (object)((char)(FirstValue + at)).ToString()))
            .ToDictionary(pair => pair.name, pair => pair.Value);
        foreach (var (name, set) in flags.Where(flag => !flag.Value || !names.Contains(flag.Key)))
            model[name] = set ? true : names.Contains(name) ? "" : false;
        var text = template.FillBody(model);
        foreach (var part in NoticePart.All.Where(part => part.IsNeeded(kind)))
        {
            if (OfPart(text, part, kind) is { } problem) yield return problem;
        }
        if (Parsed(text) is not { } document)
        {
            yield return new(file, 1, "Quotes, lists, links or emphasis stand in each other too deep.");
            yield break;
        }
        foreach (var problem in OfMarkdown(document)) yield return problem;
    }

    private NoticeProblem? OfPart(string text, NoticePart part, NoticeEvent kind)
    {
        var sign = (char)(FirstLabel + Array.IndexOf(NoticePart.All, part));
        var paragraphs = Paragraphs(text, sign).ToList();
        if (paragraphs.Count == 0) return NoticeLint.Missing(file, part);
        var line = tags.First(tag => tag.Kind == TagKind.Comment && NoticePart.Normal(tag.Name) == part.Label).Line;
        var said = paragraphs
            .Where(each => each.Any(c => char.IsLetterOrDigit(c) || c is >= FirstValue and <= '\uF8FF')).ToList();
        if (said.Count == 0)
            return new(file, line,
                $"'{part.Label}' is followed by nothing: put the mark directly before its paragraph.");
        if (part.ValueFor(kind) is not { } value) return null;
        var at = names.IndexOf(value);
        return at >= 0 && said.Any(each => each.Contains((char)(FirstValue + at)))
            ? null
            : new(file, line, $"The paragraph of '{part.Label}' must hold {{{{{value}}}}}.");
    }

    // From the marker to the first empty line.
    private static IEnumerable<string> Paragraphs(string text, char sign)
    {
        for (var at = text.IndexOf(sign); at >= 0; at = text.IndexOf(sign, at + 1))
        {
            yield return string.Join('\n', text[at..].Split('\n').TakeWhile(line => line.Trim().Length > 0));
        }
    }

    private static MarkdownDocument? Parsed(string text)
    {
        try
        {
            return Markdown.Parse(text);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private IEnumerable<NoticeProblem> OfMarkdown(MarkdownDocument document)
    {
        foreach (var link in document.Descendants<LinkInline>().Where(link => !MarkdownText.IsAllowed(link)))
        {
            yield return new(file, 1, link.IsImage
                ? "A notice has no pictures: mail programs hide them, or tell the sender who looked."
                : "A link must begin with https://, http:// or mailto:.");
        }
        var raw = document.Descendants<CodeInline>().Select(code => code.Content)
            .Concat(document.Descendants<AutolinkInline>().Select(link => link.Url))
            .Concat(document.Descendants<CodeBlock>().Select(code => code.Lines.ToString()));
        foreach (var name in raw.SelectMany(Named).Distinct())
            yield return new(file, 1,
                $"{{{{{name}}}}} stands in code or in <...>, where it would show stray backslashes.");
        if (document.Descendants<HtmlInline>().Any() || document.Descendants<HtmlBlock>().Any())
            yield return new(file, 1, "HTML is shown to the reader as it is written: use Markdown.");
    }

    private IEnumerable<string> Named(string text) =>
        text.Where(c => c >= FirstValue && c < FirstValue + names.Count).Select(c => names[c - FirstValue]);
}
