using System.Text.RegularExpressions;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Jobs.Reading;

/// <summary>A notice's template in a job's folder: <c>notice.&lt;locale&gt;[.&lt;event&gt;].md</c>.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Locale">A language, perhaps with a region: <c>en</c>, <c>pt-BR</c>.</param>
/// <param name="Event">What the notice reports; null for the job's main notice.</param>
public sealed partial record NoticeFile(string Name, string Locale, NoticeEvent? Event)
{
    /// <summary>The locale that every job has, for customers whose own has no template.</summary>
    public const string Fallback = "en";

    /// <summary>The template that a file name stands for; null when the name is none.</summary>
    public static NoticeFile? Of(string name) =>
        NoticeFiles.TryParse(name, out var locale, out var kind) && LocaleForm().IsMatch(locale)
            ? new NoticeFile(name, locale, kind)
            : null;

    /// <summary>What the template will report when a job uses it.</summary>
    public IReadOnlyList<NoticeEvent> Reports(Remedy remedy) => Event is { } own
        ? [own]
        : remedy switch
        {
            RefundRemedy { Otherwise.Count: > 0 } => [NoticeEvent.Refunded, NoticeEvent.Credited],
            RefundRemedy => [NoticeEvent.Refunded],
            CreditRemedy => [NoticeEvent.Credited],
            _ => [NoticeEvent.Alert],
        };

    /// <summary>All templates of a folder; a file that begins with <c>notice</c> and is none is a problem.</summary>
    internal static List<NoticeFile> In(JobFolder folder, bool pays, List<JobProblem> problems)
    {
        var files = new List<NoticeFile>();
        var names = folder.Files.Keys.Where(name => name.StartsWith("notice", StringComparison.OrdinalIgnoreCase));
        foreach (var name in names)
        {
            if (Of(name) is { } file)
                files.Add(file);
            else
                problems.Add(new JobProblem(name, 0, "", "must be called notice.<locale>.md or "
                    + "notice.<locale>.<event>.md with an event of refunded, credited, held or alert."));
        }

        if (!files.Exists(file => file is { Locale: Fallback, Event: null }))
            problems.Add(new JobProblem("notice.en.md", 0, "", "is missing; it serves every customer without a "
                + "template in their own language."));
        if (pays && !files.Exists(file => file is { Locale: Fallback, Event: NoticeEvent.Held }))
            problems.Add(new JobProblem("notice.en.held.md", 0, "", "is missing; it tells a customer whose money "
                + "waits for a person that we know and that they need do nothing."));
        var lacking = files.Where(f => f.Event is not (null or NoticeEvent.Held) && !files.Exists(e => Same(f, e)));
        foreach (var file in lacking)
            problems.Add(new JobProblem(file.Name, 0, "", $"needs notice.en.{file.Event!.Value.Word()}.md beside "
                + "it, for every customer without a template in their own language."));
        return files;

        static bool Same(NoticeFile file, NoticeFile other) => other.Locale == Fallback && other.Event == file.Event;
    }

    [GeneratedRegex(@"^[a-z]{2,3}(-[A-Z]{2})?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LocaleForm();
}
