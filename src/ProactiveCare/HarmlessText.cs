namespace ProactiveCare;

/// <summary>Sanitises text from outside for display: it moves no cursor, changes no writing direction and becomes no
/// markup.</summary>
internal static class HarmlessText
{
    private const int LongestShown = 80;
    private const string MarkdownMarks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>The beginning of a user's text, for a message.</summary>
    public static string Shown(string text) =>
        Visible(text.Length > LongestShown ? text[..LongestShown] + "…" : text, "\uFFFD");

    /// <summary>The text with each invisible or layout-changing character replaced; no broken surrogates.</summary>
    /// <param name="text">The text.</param>
    /// <param name="standIn">The replacement of such a character.</param>
    /// <param name="kept">Control characters that stay, such as line feeds.</param>
    public static string Visible(string text, string standIn, string kept = "")
    {
        foreach (var rune in text.EnumerateRunes())
            if (IsHidden(rune) || rune == Rune.ReplacementChar)
                return string.Concat(text.EnumerateRunes().Select(each => IsHidden(each) ? standIn : each.ToString()));
        return text;

        bool IsHidden(Rune rune) =>
            IsUnseen(rune) && !(rune.IsBmp && kept.Contains((char)rune.Value, StringComparison.Ordinal));
    }

    /// <summary>Control characters, marks of writing direction, zero widths and line separators.</summary>
    public static bool IsUnseen(Rune rune) =>
        Rune.IsControl(rune) || rune.Value is 0x061C or 0x200B or 0x200E or 0x200F or (>= 0x2028 and <= 0x202E)
            or (>= 0x2060 and <= 0x2069) or 0xFEFF;

    /// <summary>
    /// One line: no control characters, no direction overrides, no broken surrogates, runs of white space as one space.
    /// </summary>
    public static string OneLine(string value)
    {
        if (IsPlain(value)) return value;
        var clean = new StringBuilder(value.Length);
        var gap = false;
        foreach (var rune in value.EnumerateRunes())
        {
            if (rune.Value is ' ' or '\t' or '\r' or '\n' or '\v' or '\f' or 0x85 or 0x2028 or 0x2029)
            {
                gap = clean.Length > 0;
                continue;
            }
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.Control) continue;
            if (rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0xFEFF) continue;
            if (gap) clean.Append(' ');
            gap = false;
            clean.Append(rune.ToString());
        }
        return clean.ToString();
    }

    // The fast path: each value is checked several times.
    private static bool IsPlain(string value) =>
        !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && !value.Contains("  ", StringComparison.Ordinal)
        && !value.StartsWith(' ') && !value.EndsWith(' ');

    /// <summary>A name for a salutation. Mail programs turn bare addresses into links, so a name with an address could
    /// be an attempt to send strangers a link through us: it is cut before the address.</summary>
    public static string Name(string value)
    {
        var words = OneLine(value).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', words.TakeWhile(word =>
            !word.Contains("://", StringComparison.Ordinal)
            && !word.Contains('@', StringComparison.Ordinal)
            && !word.StartsWith("www.", StringComparison.OrdinalIgnoreCase)));
    }

    public static string Markdown(string value)
    {
        var line = OneLine(value);
        var escaped = new StringBuilder(line.Length + 8);
        foreach (var c in line)
        {
            if (MarkdownMarks.Contains(c, StringComparison.Ordinal)) escaped.Append('\\');
            escaped.Append(c);
        }
        return escaped.ToString();
    }
}
