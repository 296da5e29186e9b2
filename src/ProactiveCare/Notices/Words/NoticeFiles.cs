namespace ProactiveCare.Notices.Words;

/// <summary>Which of a job's notice files serves a customer's language and an event.</summary>
public static class NoticeFiles
{
    /// <summary>
    /// Reads <c>notice.de-AT.md</c> or <c>notice.de-AT.held.md</c>; false when the name is neither.
    /// </summary>
    public static bool TryParse(string fileName, out string locale, out NoticeEvent? kind)
    {
        (locale, kind) = ("", null);
        var parts = fileName.Split('.');
        if (parts.Length is < 3 or > 4 || parts[0] != "notice" || parts[^1] != "md" || parts[1].Length < 2)
            return false;
        locale = parts[1];
        if (parts.Length == 3) return true;
        kind = NoticeEvents.OfWord(parts[2]);
        return kind is NoticeEvent.Refunded or NoticeEvent.Credited or NoticeEvent.Held or NoticeEvent.Alert;
    }

    /// <summary>
    /// The words of a chosen file for a customer. Where another language stands in for theirs, it keeps its own dates
    /// and amounts as well.
    /// </summary>
    public static NoticeWords WordsOf(string fileName, string text, string locale)
    {
        var written = fileName.Split('.')[1];
        return new NoticeWords(text, Language(written) == Language(locale) ? locale : written);
    }

    private static string Language(string locale) => locale.Split('-', '_')[0].ToLowerInvariant();

    /// <summary>
    /// The most specific file: first the event's own in any fitting language, then the main one. A case that is held
    /// never gets the main file, which tells of something that has not happened.
    /// </summary>
    /// <param name="fileNames">The notice files of the job folder, without their paths.</param>
    /// <param name="locale">
    /// The customer's locale, such as <c>de-AT</c>; English stands in for what is not there.
    /// </param>
    /// <param name="kind">What is reported.</param>
    public static string? Choose(IEnumerable<string> fileNames, string locale, NoticeEvent kind)
    {
        var there = fileNames.ToDictionary(name => name, name => name, StringComparer.OrdinalIgnoreCase);
        var exact = locale.Replace('_', '-');
        string[] locales = [exact, exact.Split('-')[0], "en"];
        var own = locales.Select(each => $"notice.{each}.{kind.Word()}.md");
        var main = kind == NoticeEvent.Held ? [] : locales.Select(each => $"notice.{each}.md");
        return own.Concat(main).Select(name => there.GetValueOrDefault(name)).FirstOrDefault(name => name is not null);
    }
}
