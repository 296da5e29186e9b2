using ProactiveCare.Tests.Jobs;

namespace ProactiveCare.Tests.Worker;

/// <summary>One pass of <c>jobs check</c> says everything that is wrong, and what would be right.</summary>
public sealed class JobsCheckTests : IDisposable
{
    private const string Sql =
        """
        SELECT 'purchase:' || purchase_id AS subject, customer_id, 'purchase:' || purchase_id AS service_event,
          started_at AS occurred_at, purchase_id, title, stall_count
        FROM session WHERE arrival > @after AND arrival <= @upto AND stall_count >= @most
        """;

    private readonly Desk desk = new();

    public JobsCheckTests()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Shipped.JobsFolder, Shop.Job)))
            desk.File($"jobs/mine/{Path.GetFileName(file)}", File.ReadAllText(file));
        var yaml = File.ReadAllLines(Path.Combine(desk.Path, "jobs", "mine", "job.yaml"));
        var outer = yaml.Where(line => !line.StartsWith("    ", StringComparison.Ordinal));
        desk.File("jobs/mine/job.yaml", string.Join('\n', outer.Select(line =>
            line == "  parameters:" ? "  parameters: { most: 3 }" : line)) + "\n");
        desk.File("jobs/mine/detect.sql", Sql);
        foreach (var notice in Directory.GetFiles(Path.Combine(desk.Path, "jobs", "mine"), "notice.*.md"))
            if (Path.GetFileName(notice) is not ("notice.en.md" or "notice.en.held.md")) File.Delete(notice);
        var words = File.ReadAllText(Path.Combine(Shipped.JobsFolder, "..", "docs", "operators.md"));
        foreach (var (name, mark) in new[] { ("notice.en.md", "late-start/notice.en.md\n"),
            ("notice.en.held.md", "late-start/notice.en.held.md\n"), ("examples.yaml", "late-start/examples.yaml\n") })
        {
            var language = Path.GetExtension(name) == ".md" ? "markdown" : "yaml";
            var text = words[(words.IndexOf($"```{language} jobs/{mark}",
                StringComparison.Ordinal) + 3)..];
            text = text[(text.IndexOf('\n') + 1)..text.IndexOf("```", StringComparison.Ordinal)];
            desk.File("jobs/mine/" + name, text.Replace("startup_seconds", "stall_count", StringComparison.Ordinal));
        }
        Edit("examples.yaml", "stall_count: 0, stall_count: 25,", "stall_count: 25,");
        Edit("examples.yaml", "amount: 1.00 USD", "amount: 4.99 USD");
    }

    public void Dispose() => desk.Dispose();

    [Fact]
    public void Sound_job_is_good() => Assert.Equal("jobs/mine: good (1 example)\n", desk.Run("jobs check").Out);

    [Fact]
    public void Errors_of_keys_statement_notices_and_examples_are_told_in_one_pass()
    {
        Edit("job.yaml", "owner:", "ownr:");
        Edit("job.yaml", "cron: 0 0/5 * * * ?", "cron: '*/5 * * * *'");
        Edit("notice.en.md", "{{title}}", "{{titel}}");
        Edit("examples.yaml", "amount: 4.99 USD", "amount: 5.99 USD");
        var told = desk.Run("jobs check");
        Assert.Equal(1, told.Code);
        Assert.Contains("ownr: is not a key here; did you mean 'owner'? Known keys are id, description,", told.Out);
        Assert.Contains("0 0 8 ? * MON-FRI at 08:00 Monday to Friday", told.Out);
        Assert.Contains("'titel' is not known here; did you mean 'title'? Known are amount, arrives,", told.Out);
        Assert.Contains("expected pay 5.99 USD", told.Out);
        desk.File("jobs/mine/detect.sql", Sql.Replace("stall_count >=", "stal_count >=", StringComparison.Ordinal));
        told = desk.Run("jobs check");
        Assert.Contains("stal_count", told.Out);
        Assert.Contains("ownr", told.Out);
        Assert.DoesNotContain("'stall_count' is not known", told.Out);
    }

    [Theory]
    [InlineData("stall_count >= @most", "stal_count >= @most", "Did you mean stall_count? session has: arrival, ")]
    [InlineData("FROM session", "FROM sesion", "Did you mean session? It may read: contact, event, premises, ")]
    [InlineData("FROM session", "FROM customer", "It may read: contact, event, premises, purchase, session.")]
    [InlineData("AS subject", "AS subjekt", "no column subject; is subjekt meant to be it? A finding has subject, ")]
    [InlineData("@most", "@mots", "@mots, which is neither in detect.parameters nor one of @after, @upto, @now")]
    public void Wrong_name_is_told_with_the_right_ones(string right, string wrong, string words)
    {
        desk.File("jobs/mine/detect.sql", Sql.Replace(right, wrong, StringComparison.Ordinal));
        var told = desk.Run("jobs check");
        Assert.Equal(1, told.Code);
        Assert.Contains(words, told.Out);
        Assert.Single(told.Out.Trim().Split('\n'), line => line.Contains(words, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("WITH a_cte AS (SELECT 1 AS one) {0} AND (SELECT count(*) FROM a_cte) = 1", 0)]
    [InlineData("WITH a_cte (one) AS MATERIALIZED (SELECT 1) {0} AND EXISTS (SELECT 1 FROM a_cte)", 0)]
    [InlineData("WITH a_cte AS (SELECT 1 AS one) {0} AND (SELECT count(*) FROM a_cte, session) > 0", 0)]
    [InlineData("{0} AND (SELECT count(*) FROM customer) >= 0", 1)]
    [InlineData("WITH x AS (SELECT 1) {0} AND (SELECT count(*) FROM main.credit) >= 0", 1)]
    [InlineData("WITH pragma_table_list AS (SELECT 1) {0} AND (SELECT count(*) FROM pragma_table_list) >= 0", 1)]
    public void Common_table_expression_is_no_table(string statement, int code)
    {
        TestDatabase.SkipUnlessFile();
        desk.File("jobs/mine/detect.sql", string.Format(null, statement, Sql));
        var told = desk.Run("jobs check");
        Assert.True(told.Code == code, told.Out);
    }

    [Theory]
    [InlineData("budget: { amount: [2500.00 USD, 2500.00 EUR]", "budget: { amount: [2500.00 USD]",
        "limits.budget.amount lacks EUR")]
    [InlineData("above: [25.00 USD, 25.00 EUR]", "above: [25.00 USD]", "limits.approval.above lacks EUR")]
    [InlineData("atMost: [20.00 USD, 20.00 EUR]", "atMost: [20.00 USD]", "remedy.refund.atMost lacks EUR")]
    [InlineData("above: [25.00 USD, 25.00 EUR]", "above: [0.50 USD, 25.00 EUR]", "is below 1.00 USD")]
    public void Money_that_no_machine_would_ever_give_is_noted(string right, string wrong, string words)
    {
        Edit("job.yaml", right, wrong);
        Edit("examples.yaml", "outcome: pay", wrong.Contains("0.50") ? "outcome: hold" : "outcome: pay");
        var told = desk.Run("jobs check");
        Assert.True(told.Code == 0, told.Out);
        Assert.Contains("note: " + words, "note: " + told.Out[told.Out.IndexOf(words, StringComparison.Ordinal)..]);
        Assert.Equal(1, desk.Run("jobs check --json").Json[0].GetProperty("notes").GetArrayLength());
    }

    [Fact]
    public void Version_whose_example_fails_is_not_accepted_and_one_that_is_shows_the_lines_that_changed()
    {
        desk.Run("db init");
        Edit("examples.yaml", "amount: 4.99 USD", "amount: 5.99 USD");
        var refused = desk.Run($"jobs accept {Shop.Job} --yes");
        Assert.Equal(1, refused.Code);
        Assert.Contains("is not accepted, because its check fails:\n  examples.yaml:", refused.Error);
        Assert.Contains("waits-for-acceptance", desk.Run("jobs list --json").Out);
        Edit("examples.yaml", "amount: 5.99 USD", "amount: 4.99 USD");
        Assert.Equal(0, desk.Run($"jobs accept {Shop.Job} --yes").Code);
        desk.File("jobs/mine/detect.sql", Sql.Replace(">= @most", "> @most", StringComparison.Ordinal));
        desk.Rich = true;
        var accepted = desk.Run($"jobs accept {Shop.Job} --yes").Out;
        Assert.Contains("@@ -1,3 +1,3 @@", accepted);
        Assert.Contains("\u001b[31m      -FROM session", accepted);
        Assert.Contains("\u001b[32m      +FROM session", accepted);
    }

    private void Edit(string file, string from, string to)
    {
        var path = Path.Combine(desk.Path, "jobs", "mine", file);
        var text = File.ReadAllText(path);
        Assert.Contains(from, text);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }
}
