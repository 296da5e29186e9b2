using ProactiveCare.Jobs;

namespace ProactiveCare.Tests.Jobs;

public sealed class LineDiffTests
{
    [Fact]
    public void Hunks_applied_to_the_old_lines_give_the_new_ones()
    {
        var random = new Random(12);
        for (var round = 0; round < 500; round++)
        {
            var before = Enumerable.Range(0, random.Next(25)).Select(_ => $"line {random.Next(9)}").ToList();
            var after = before.Where(_ => random.Next(6) > 0)
                .SelectMany(line => random.Next(7) == 0 ? new[] { line, "new" } : [line]).ToList();
            var diff = LineDiff.Unified(string.Join('\n', before), string.Join('\n', after));
            Assert.Equal(after, Applied(before, diff));
        }
    }

    [Fact]
    public void Equal_texts_have_no_hunk_and_very_long_ones_are_shown_whole()
    {
        Assert.Empty(LineDiff.Unified("a\nb", "a\r\nb\n"));
        var many = string.Join('\n', Enumerable.Range(0, 3000));
        Assert.Equal(6001, LineDiff.Unified(many, many.Replace("\n", "x\n", StringComparison.Ordinal) + "x").Count);
    }

    private static List<string> Applied(List<string> before, IReadOnlyList<string> diff)
    {
        var (result, at) = (new List<string>(), 0);
        foreach (var line in diff)
        {
            if (line.StartsWith("@@", StringComparison.Ordinal))
            {
                var range = line.Split(' ')[1][1..].Split(',').Select(int.Parse).ToList();
                while (at < (range[1] == 0 ? range[0] : range[0] - 1)) result.Add(before[at++]);
                continue;
            }
            if (line[0] != '+') Assert.Equal(before[at++], line[1..]);
            if (line[0] != '-') result.Add(line[1..]);
        }
        while (at < before.Count) result.Add(before[at++]);
        return result;
    }
}
