namespace ProactiveCare.Notices.Words;

/// <summary>What somebody probably meant.</summary>
internal static class Nearest
{
    /// <summary>The nearest of the known words; null when none is near enough to suggest.</summary>
    public static string? To(string word, IEnumerable<string> known)
    {
        var best = known.Select(each => (Word: each, Steps: Distance(word, each)))
            .OrderBy(each => each.Steps).ThenBy(each => each.Word, StringComparer.Ordinal).FirstOrDefault();
        return best.Word is not null && best.Steps <= Math.Max(2, word.Length / 2) ? best.Word : null;
    }

    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
