using System.Globalization;
using System.Text;

namespace ProactiveCare.Notices.Words;

/// <summary>
/// Values come from customers, catalogues and detectors; whatever they hold must reach the reader as plain words.
/// </summary>
internal static class HarmlessText
{
    private const string MarkdownMarks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

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

    // Nearly every value is, and is asked several times over.
    private static bool IsPlain(string value) =>
        !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && !value.Contains("  ", StringComparison.Ordinal)
        && !value.StartsWith(' ') && !value.EndsWith(' ');

    /// <summary>
    /// A name as a salutation can bear it. Mail programs turn bare addresses into links, so a name that holds one is
    /// somebody writing to strangers through us: it is cut before the address.
    /// </summary>
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
