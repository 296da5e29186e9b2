using System.Text.RegularExpressions;

namespace ProactiveCare.Notices.Words;

/// <summary>A notice's template in a job's folder: <c>notice.&lt;locale&gt;[.&lt;event&gt;].md</c>.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Locale">A language, perhaps with a region: <c>en</c>, <c>pt-BR</c>.</param>
/// <param name="Event">The event that the notice reports; null for the job's main notice.</param>
public sealed partial record NoticeFile(string Name, string Locale, NoticeEvent? Event)
{
    /// <summary>The locale that every job has, for customers whose own has no template.</summary>
    public const string Fallback = "en";

    /// <summary>The template that a file name stands for; null when the name is none.</summary>
    public static NoticeFile? Parse(string name)
    {
        if (Form().Match(name) is not { Success: true } parts) return null;
        var word = parts.Groups["event"];
        var kind = NoticeEvent.Find(word.Value);
        return !word.Success || NoticeEvent.ToCustomers.Contains(kind)
                ? new NoticeFile(name, parts.Groups["locale"].Value, kind)
                : null;
    }

    /// <summary>
    /// The most specific file: first the event's own in any fitting language, then the main one. A case that is held
    /// never gets the main file, which reports what has not happened.
    /// </summary>
    /// <param name="fileNames">The files of the job's folder, without their paths.</param>
    /// <param name="locale">The customer's locale, such as <c>de-AT</c>; English stands in for a missing one.</param>
    /// <param name="kind">The event that is reported.</param>
    public static NoticeFile? Choose(IEnumerable<string> fileNames, string locale, NoticeEvent kind)
    {
        var there = fileNames.Select(Parse).OfType<NoticeFile>().ToList();
        var exact = locale.Replace('_', '-');
        string[] locales = [exact, Language(exact), Fallback];
        NoticeEvent?[] events = kind == NoticeEvent.Held ? [kind] : [kind, null];
        return events.SelectMany(_ => locales, (own, each) => there.Find(file =>
                file.Event == own && file.Locale.Equals(each, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(file => file is not null);
    }

    /// <summary>
    /// The words of the file for a customer. Where another language stands in for theirs, it keeps its own dates and
    /// amounts as well.
    /// </summary>
    public NoticeWords WordsFor(string text, string locale) =>
        new(text, Language(Locale) == Language(locale) ? locale : Locale);

    private static string Language(string locale) => locale.Split('-', '_')[0].ToLowerInvariant();

    [GeneratedRegex(@"^notice\.(?<locale>[a-z]{2,3}(-[A-Z]{2})?)(\.(?<event>[a-z]+))?\.md\z",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();
}
