namespace ProactiveCare.Notices.Words;

/// <summary>
/// Refuses a notice that leaves the reader with a question. Every branch of the template is filled in and read, so a
/// part that is missing from one of them is found too.
/// </summary>
public static class NoticeLint
{
    private const int MaxConditions = 6;

    /// <summary>The names that every notice may use, beside the evidence that its detector gives.</summary>
    public static IReadOnlySet<string> CommonKeys { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "customer_name", "title", "when", "amount", "arrives", "reply_to", "company", "case_id", "is_refund",
        "is_credit",
    };

    /// <summary>All that is wrong with a template, in the order of its lines.</summary>
    /// <param name="file">What the problems call the file.</param>
    /// <param name="text">The template.</param>
    /// <param name="events">What the file will report: a main file may serve several events.</param>
    /// <param name="evidenceKeys">The evidence columns of the job's detector, in lower_snake.</param>
    public static IReadOnlyList<NoticeProblem> Check(
        string file, string text, IReadOnlyCollection<NoticeEvent> events, IEnumerable<string> evidenceKeys)
    {
        var source = NoticeTemplate.Normalise(text);
        var (tags, syntax) = TemplateSyntax.Scan(file, source);
        List<NoticeProblem> problems = [.. syntax, .. NoticeTemplate.SubjectProblems(file, source)];
        problems.AddRange(Unknown(file, tags, [.. CommonKeys, .. evidenceKeys]));
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
            new NoticeProblem(file, tag.Line, Nearest.To(tag.Name, known) is { } near
                ? $"'{tag.Name}' is not known here; did you mean '{near}'?"
                : $"'{tag.Name}' is not known here; known are {string.Join(", ", known.Order())}."));

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
