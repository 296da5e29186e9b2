using System.Text;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Notices;

/// <summary>
/// Header lines: words in any language as RFC 2047 encoded words, folded as RFC 5322 says, one line in, one header out.
/// </summary>
internal static class HeaderText
{
    private const int Fold = 76;
    // 75 is the most, but the name of the header stands before the first.
    private const int EncodedWord = 60;

    /// <summary>A header whose value is free text.</summary>
    public static string Unstructured(string name, string value) => Folded(name, Words(HarmlessText.OneLine(value)));

    /// <summary>A header that holds one address.</summary>
    public static string Address(string name, EmailAddress address)
    {
        var words = Phrase(HarmlessText.OneLine(address.Name));
        return Folded(name, [.. words, words.Count == 0 ? address.Address : $"<{address.Address}>"]);
    }

    /// <summary>A header whose value is made here and is ASCII.</summary>
    public static string Plain(string name, string value) => Folded(name, [.. value.Split(' ')]);

    private static string Folded(string name, IReadOnlyList<string> words)
    {
        var header = new StringBuilder(name).Append(':');
        var column = header.Length;
        foreach (var word in words)
        {
            if (column + 1 + word.Length > Fold && column > name.Length + 1)
            {
                header.Append("\r\n");
                column = 0;
            }
            header.Append(' ').Append(word);
            column += 1 + word.Length;
        }
        return header.Append("\r\n").ToString();
    }

    private static IReadOnlyList<string> Words(string line)
    {
        var words = line.Split(' ');
        var plain =
            words.All(word =>
                word.All(char.IsAscii) && word.Length <= 60 && !word.Contains("=?", StringComparison.Ordinal));
        return plain ? words : Encoded(line);
    }

    private static IReadOnlyList<string> Phrase(string name)
    {
        if (name.Length == 0) return [];
        if (!name.All(char.IsAscii) || name.Length > 60 || name.Contains("=?", StringComparison.Ordinal))
            return Encoded(name);
        return name.All(c => char.IsAsciiLetterOrDigit(c) || c == ' ') && !name.Contains("  ", StringComparison.Ordinal)
            ? name.Split(' ')
            : ["\"" + name.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal) + "\""];
    }

    private static List<string> Encoded(string text)
    {
        const string open = "=?utf-8?B?";
        const string close = "?=";
        // Whole characters only: a reader decodes each word by itself.
        const int bytes = (EncodedWord - 10 - 2) / 4 * 3;
        var words = new List<string>();
        var chunk = new List<byte>(bytes);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(utf8);
            if (chunk.Count + length > bytes) Close();
            chunk.AddRange(utf8[..length]);
        }
        Close();
        return words;

        void Close()
        {
            words.Add(open + Convert.ToBase64String([.. chunk]) + close);
            chunk.Clear();
        }
    }
}
