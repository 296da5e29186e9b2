using ProactiveCare.Jobs;

namespace ProactiveCare.Tests.Jobs;

public sealed class JobDiffTests
{
    [Theory]
    [InlineData("description: A sample.", "description: Another.", "description", false)]
    [InlineData("team@", "crew@", "owner", false)]
    [InlineData("0/5", "0/6", "schedule.cron", false)]
    [InlineData("topic: playback", "topic: video", "notice.topic", false)]
    [InlineData("timeout: 30s", "timeout: 31s", "detect.timeout", false)]
    [InlineData("settle: 30m", "settle: 31m", "detect.settle", true)]
    [InlineData("score: 55", "score: 56", "detect.parameters.score", true)]
    [InlineData("share: 50%", "share: 51%", "remedy.refund.share", true)]
    [InlineData("2000 JPY", "2001 JPY", "remedy.refund.atMost", true)]
    [InlineData("credit: 1.00", "credit: 1.01", "remedy.otherwise.credit", true)]
    [InlineData("  plan: [employee, test]\n", "", "exclude.plan", true)]
    [InlineData("count: 3", "count: 4", "limits.perCustomer", true)]
    [InlineData("2500.00", "2501.00", "limits.budget", true)]
    [InlineData("25.00 USD]", "26.00 USD]", "limits.approval.above", true)]
    [InlineData("decideWithin: 4h", "decideWithin: 5h", "limits.approval.decideWithin", true)]
    [InlineData("mode: live", "mode: shadow", "rollout.mode", true)]
    [InlineData("holdOut: 2.5%", "holdOut: 3%", "rollout.holdOut", true)]
    public void Changes_are_named_and_those_of_money_are_marked(string from, string to, string key, bool money)
    {
        var before = Shipped.Load(SampleJob.Folder());
        var after = Shipped.Load(SampleJob.Folder(SampleJob.Yaml.Replace(from, to, StringComparison.Ordinal)));
        var change = Assert.Single(JobDiff.Between(before, after));
        Assert.Equal((key, money), (change.Key, change.ChangesMoney));
        Assert.NotEqual(change.From, change.To);
        Assert.Equal(money, JobDiff.ChangesMoney(before, after));
    }

    [Fact]
    public void Another_spelling_or_comment_is_no_change()
    {
        var yaml = SampleJob.Yaml.Replace("24h", "1d", StringComparison.Ordinal)
            .Replace("ratio: 5%", "ratio: 5.0%", StringComparison.Ordinal)
            .Replace("[20.00 USD, 2000 JPY]", "[2000 JPY, 20 USD]", StringComparison.Ordinal)
            .Replace("sql: detect.sql", "sql: 'detect.sql'", StringComparison.Ordinal);
        Assert.Empty(JobDiff.Between(
            Shipped.Load(SampleJob.Folder()), Shipped.Load(SampleJob.Folder("# a comment\n" + yaml))));
    }

    [Theory]
    [InlineData("detect.sql", SampleJob.Sql + " ", true)]
    [InlineData("notice.en.md", "Subject: b", false)]
    [InlineData("notice.de.md", "Subject: b", false)]
    [InlineData("examples.yaml", "examples: []", false)]
    public void Files_are_compared_by_their_bytes(string name, string text, bool money)
    {
        var change = Assert.Single(JobDiff.Between(
            Shipped.Load(SampleJob.Folder()), Shipped.Load(SampleJob.Folder(SampleJob.Yaml, (name, text)))));
        Assert.Equal((name, money), (change.Key, change.ChangesMoney));
    }
}
