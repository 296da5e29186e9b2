namespace ProactiveCare.Jobs;

/// <summary>The lines that differ between two texts, in the unified form that programmers read.</summary>
internal static class LineDiff
{
    private const int Context = 3;
    // Beyond this product of lines the parts that differ are shown whole, one after the other.
    private const long MostCells = 4_000_000;

    /// <summary>Hunks with their heads; a line begins with a blank, a minus or a plus.</summary>
    public static IReadOnlyList<string> Unified(string before, string after)
    {
        var edits = Edits(Lines(before), Lines(after));
        var changed = Enumerable.Range(0, edits.Count).Where(i => edits[i].Sign != ' ').ToList();
        var shown = new List<string>();
        for (var (first, last) = (0, 0); first < changed.Count; first = ++last)
        {
            while (last + 1 < changed.Count && changed[last + 1] - changed[last] <= (2 * Context) + 1) last++;
            var from = Math.Max(0, changed[first] - Context);
            var hunk = edits[from..Math.Min(edits.Count, changed[last] + Context + 1)];
            shown.Add($"@@ -{Range(edits[..from], hunk, '+')} +{Range(edits[..from], hunk, '-')} @@");
            shown.AddRange(hunk.Select(edit => edit.Sign + edit.Text));
        }
        return shown;
    }

    private static string Range(
        List<(char Sign, string Text)> before, List<(char Sign, string Text)> hunk, char other)
    {
        var (first, count) = (before.Count(edit => edit.Sign != other), hunk.Count(edit => edit.Sign != other));
        return FormattableString.Invariant($"{(count == 0 ? first : first + 1)},{count}");
    }

    private static string[] Lines(string text) =>
        text.Length == 0 ? [] : text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    private static List<(char Sign, string Text)> Edits(string[] before, string[] after)
    {
        var start = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        var end = before.Skip(start).Reverse().Zip(after.Skip(start).Reverse())
            .TakeWhile(pair => pair.First == pair.Second).Count();
        var middle = Middle(before[start..^end], after[start..^end]);
        return
        [
            .. before[..start].Select(line => (' ', line)), .. middle, .. before[^end..].Select(line => (' ', line)),
        ];
    }

    // The longest common subsequence; of equal choices the removal comes first.
    private static IEnumerable<(char Sign, string Text)> Middle(string[] before, string[] after)
    {
        if ((long)before.Length * after.Length > MostCells)
            return before.Select(line => ('-', line)).Concat(after.Select(line => ('+', line)));
        var common = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
            for (var j = after.Length - 1; j >= 0; j--)
                common[i, j] = before[i] == after[j]
                    ? common[i + 1, j + 1] + 1
                    : Math.Max(common[i + 1, j], common[i, j + 1]);
        var edits = new List<(char, string)>();
        for (var (i, j) = (0, 0); i < before.Length || j < after.Length;)
        {
            if (i < before.Length && j < after.Length && before[i] == after[j])
            {
                edits.Add((' ', before[i++]));
                j++;
            }
            else if (j == after.Length || (i < before.Length && common[i + 1, j] >= common[i, j + 1]))
                edits.Add(('-', before[i++]));
            else edits.Add(('+', after[j++]));
        }
        return edits;
    }
}
