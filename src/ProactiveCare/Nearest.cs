namespace ProactiveCare;

/// <summary>The known word that a misspelt one probably stands for.</summary>
internal static class Nearest
{
    private const int Longest = 64;

    /// <summary>The nearest of the known words; null when none is near enough to suggest.</summary>
    public static string? To(string word, IEnumerable<string> known)
    {
        if (word.Length > Longest) return null;
        var best = known.Select(each => (Word: each, Steps: Distance(word, each)))
            .OrderBy(each => each.Steps).ThenBy(each => each.Word, StringComparer.Ordinal).FirstOrDefault();
        return best.Word is not null && best.Steps <= Math.Max(2, word.Length / 3) ? best.Word : null;
    }

    /// <summary>Levenshtein's distance, without regard to case.</summary>
    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
