using NodaTime;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Tests.Jobs;

public sealed class JobLoaderTests
{
    [Fact]
    public void Full_job_is_read_value_by_value()
    {
        var load = SampleJob.Load(SampleJob.Yaml);
        Assert.Equal("", string.Join('\n', load.Problems));
        var job = load.Job!;
        Assert.Equal(new JobId("sample"), job.Id);
        Assert.Equal("Europe/Berlin", job.Schedule.TimeZone.Id);
        Assert.Equal(Duration.FromHours(24), job.Schedule.CatchUp);
        var sql = Assert.IsType<SqlDetector>(job.Detect);
        Assert.Equal(SampleJob.Sql, sql.Sql);
        Assert.Equal(
            new Dictionary<string, object>
            {
                ["score"] = 55L, ["ratio"] = 0.05, ["longest"] = 60L, ["half"] = 0.5, ["word"] = "55", ["flag"] = 1L,
            },
            sql.Parameters);
        Assert.Equal((1000, Duration.FromSeconds(30)), (sql.RowCap, sql.Timeout));
        var refund = Assert.IsType<RefundRemedy>(job.Remedy);
        Assert.Equal(0.5m, refund.Share);
        Assert.Equal([Money.Parse("20.00 USD"), Money.Parse("2000 JPY")], refund.AtMost);
        Assert.Equal([Money.Parse("1.00 USD")], refund.Otherwise);
        Assert.Equal(["employee", "test"], job.Exclude.Plan);
        Assert.Equal(["gift"], job.Exclude.PurchaseKind);
        Assert.Equal(new CustomerLimit(3, Duration.FromDays(90)), job.Limits.PerCustomer);
        Assert.Equal([Money.Parse("2500.00 USD")], job.Limits.DailyBudget);
        Assert.Equal(Duration.FromHours(4), job.Limits.Approval!.DecideWithin);
        Assert.Equal(new NoticePolicy("playback", false), job.Notice);
        Assert.Equal(new Rollout(false, 0.025m, Duration.FromDays(7)), job.Rollout);
    }

    [Fact]
    public void Hazard_job_is_read_with_defaults_for_absent_keys()
    {
        var load = SampleJob.Load(SampleJob.HazardYaml);
        Assert.Equal("", string.Join('\n', load.Problems));
        var hazard = Assert.IsType<HazardDetector>(load.Job!.Detect);
        Assert.Equal(["Ice Storm Warning"], hazard.Events);
        Assert.Equal(["Severe", "Extreme"], hazard.Severities);
        Assert.Equal((Duration.FromMinutes(30), Duration.FromDays(14)), (hazard.Settle, hazard.Look));
        Assert.Equal(Duration.FromHours(24), load.Job.Schedule.CatchUp);
        Assert.True(load.Job.Notice.Urgent);
        Assert.False(load.Job.Pays);
    }

    [Theory]
    [InlineData("id: sample", "id: Sample Job", "id", "lower-case letters, digits and hyphens", "'Sample Job'")]
    [InlineData("id: sample\n", "", "id", "missing", "")]
    [InlineData("id: sample", "id:", "id", "single value", "empty")]
    [InlineData("A sample.", "\" \"", "description", "blank", "")]
    [InlineData("team@example.com", "the team", "owner", "e-mail address", "'the team'")]
    [InlineData("goodwill", "statutory", "entitlement", "not supported by this version", "statutory")]
    [InlineData("goodwill", "charity", "entitlement", "goodwill", "'charity'")]
    [InlineData("0 0/5 * * * ?", "bad cron", "schedule.cron", "no such field", "'bad cron'")]
    [InlineData("Europe/Berlin", "Mars/Base", "schedule.timeZone", "IANA time zone", "'Mars/Base'")]
    [InlineData("catchUp: 24h", "catchUp: 40d", "schedule.catchUp", "between 1m and 31d", "'40d'")]
    [InlineData("catchUp: 24h", "catchUp: a day", "schedule.catchUp", "30m, 24h or 14d", "'a day'")]
    [InlineData("expectEvery: 15m", "expectEvery: 0s", "schedule.expectEvery", "between 1m and 400d", "'0s'")]
    [InlineData("  expectEvery: 15m\n", "", "schedule.expectEvery", "missing", "")]
    [InlineData("sql: detect.sql", "sql: ../detect.sql", "detect.sql", "beside job.yaml", "'../detect.sql'")]
    [InlineData("sql: detect.sql", "sql: other.sql", "detect.sql", "no such file", "other.sql")]
    [InlineData("  sql: detect.sql\n", "", "detect.sql", "sql or hazard", "")]
    [InlineData("source: telemetry", "source: Ware House", "detect.source", "lower-case letters", "'Ware House'")]
    [InlineData("source: telemetry", "source: warehouse", "detect.sql", "arrival number", "@after")]
    [InlineData("settle: 30m", "settle: 31d", "detect.settle", "between 0s and 30d", "'31d'")]
    [InlineData("settle: 30m", "settle: 15d", "detect.look", "shorter than settle", "15d")]
    [InlineData("look: 14d", "look: 5m", "detect.look", "between 1h and 365d", "'5m'")]
    [InlineData("score: 55", "score: [55]", "detect.parameters", "one value", "a list")]
    [InlineData("score: 55", "score: 55, Since: 1", "detect.parameters", "engine gives", "'Since'")]
    [InlineData("score: 55", "score: 55, 1st: 1", "detect.parameters", "a letter", "'1st'")]
    [InlineData("score: 55", "score: 55, spare: 1", "detect.parameters", "does not use", "@spare")]
    [InlineData("score: 55, ", "", "detect.sql", "neither in detect.parameters", "@score")]
    [InlineData("rowCap: 1000", "rowCap: 1000001", "detect.rowCap", "between 1 and 1,000,000", "'1000001'")]
    [InlineData("rowCap: 1000", "rowCap: many", "detect.rowCap", "whole number", "'many'")]
    [InlineData("timeout: 30s", "timeout: 1h", "detect.timeout", "between 1s and 10m", "'1h'")]
    [InlineData("of: purchase", "of: everything", "remedy.refund.of", "purchase", "'everything'")]
    [InlineData("share: 50%", "share: 150%", "remedy.refund.share", "between 0.01% and 100%", "'150%'")]
    [InlineData("share: 50%", "share: half", "remedy.refund.share", "percentage", "'half'")]
    [InlineData("2000 JPY", "1.5 JPY", "remedy.refund.atMost", "decimals", "1.5")]
    [InlineData("2000 JPY", "20 XXX", "remedy.refund.atMost", "ISO 4217", "'XXX'")]
    [InlineData("2000 JPY", "30.00 USD", "remedy.refund.atMost", "two amounts", "USD")]
    [InlineData("2000 JPY", "20.00 USD", "remedy.refund.atMost", "twice", "20.00 USD")]
    [InlineData("2000 JPY", "0 JPY", "remedy.refund.atMost", "above zero", "'0 JPY'")]
    [InlineData(", atMost: [20.00 USD, 2000 JPY]", "", "remedy.refund.atMost", "missing", "")]
    [InlineData("[20.00 USD, 2000 JPY]", "[]", "remedy.refund.atMost", "empty list", "")]
    [InlineData("  otherwise:", "  credit: 2.00 USD\n  otherwise:", "remedy", "one of", "refund and credit")]
    [InlineData("status: [closed]", "status: [closed, closed]", "exclude.status", "twice", "'closed'")]
    [InlineData("count: 3", "count: 0", "limits.perCustomer.count", "between 1 and 1,000", "'0'")]
    [InlineData("in: 90d", "in: 90", "limits.perCustomer.in", "duration", "'90'")]
    [InlineData("per: day", "per: week", "limits.budget.per", "day", "'week'")]
    [InlineData("  budget: { amount: [2500.00 USD], per: day }\n", "", "limits.budget", "missing", "has a budget")]
    [InlineData("decideWithin: 4h", "decideWithin: 31d", "limits.approval.decideWithin", "between 1m and 30d", "'31d'")]
    [InlineData("topic: playback", "topic: Play back", "notice.topic", "lower-case", "'Play back'")]
    [InlineData("urgency: normal", "urgency: loud", "notice.urgency", "one of normal, urgent", "'loud'")]
    [InlineData("urgency: normal", "urgency: urgent", "rollout", "holdOut must be 0%", "")]
    [InlineData("mode: live", "mode: on", "rollout.mode", "one of live, shadow", "'on'")]
    [InlineData("holdOut: 2.5%", "holdOut: 51%", "rollout.holdOut", "between 0% and 50%", "'51%'")]
    [InlineData("makeGood: 7d", "makeGood: 91d", "rollout.makeGood", "between 1d and 90d", "'91d'")]
    public void One_wrong_value_is_one_error(string from, string to, string key, string bound, string given) =>
        IsOneError(from, to, key, bound, given);

    [Theory]
    [InlineData("rollout:", "incident: { by: [cdn] }\nrollout:", "incident", "not supported by this version", "")]
    [InlineData("rollout:", "payBy: 30d\nrollout:", "payBy", "not supported by this version", "")]
    [InlineData("  sql: detect.sql", "  sql: detect.sql\n  outage: {}", "detect.outage", "not supported", "version")]
    [InlineData("  otherwise:", "  alternative: {}\n  otherwise:", "remedy.alternative", "not supported", "version")]
    [InlineData("  source:", "  sauce: a\n  source:", "detect.sauce", "did you mean 'source'", "")]
    [InlineData("  source:", "  colour: a\n  source:", "detect.colour", "known keys are sql, hazard", "")]
    [InlineData("entitlement: goodwill", "entitlement: goodwill\nid: other", "id", "twice", "line 1")]
    [InlineData("A sample.", "&a A sample.", "", "anchor", "&a")]
    [InlineData("A sample.", "*a", "", "alias", "*a")]
    [InlineData("A sample.", "!!str A sample.", "", "tag", "str")]
    [InlineData("rollout: {", "? [a]\n: b\nrollout: {", "", "as a key", "")]
    [InlineData("makeGood: 7d }\n", "makeGood: 7d }\n---\nid: b\n", "", "more than one document", "")]
    public void One_wrong_key_is_one_error(string from, string to, string key, string bound, string given) =>
        IsOneError(from, to, key, bound, given);

    private static void IsOneError(string from, string to, string key, string bound, string given)
    {
        var problem = SampleJob.Problem(from, to);
        Assert.Equal("job.yaml", problem.File);
        Assert.Equal(key, problem.Key);
        Assert.Contains(bound, problem.Message, StringComparison.Ordinal);
        Assert.Contains(given, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_are_reported_at_once_with_their_lines()
    {
        var yaml = SampleJob.Yaml.Replace("24h", "0s", StringComparison.Ordinal)
            .Replace("per: day", "per: week", StringComparison.Ordinal)
            .Replace("timeZone: Europe/Berlin", "timezone: UTC", StringComparison.Ordinal);
        var problems = SampleJob.Load(yaml, ("notice.en.md", null)).Problems;
        Assert.Equal(
            [
                "job.yaml:6: schedule.timeZone: is missing.",
                "job.yaml:7: schedule.timezone: is not a key here; did you mean 'timeZone'? Known keys are cron, "
                    + "timeZone, catchUp, expectEvery.",
                "job.yaml:8: schedule.catchUp: must be between 1m and 31d, but is '0s'.",
                "job.yaml:27: limits.budget.per: must be day, the only one supported by this version, but is 'week'.",
                "notice.en.md: is missing; it serves every customer without a template in their own language.",
            ],
            problems.Select(problem => problem.ToString()));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("- a\n", "keys with values")]
    [InlineData("id: {", "is not YAML")]
    [InlineData("a: b: c", "is not YAML")]
    [InlineData("a: { b: [c]  # comment }\nd: e\n", "is not YAML")]
    public void Document_that_is_no_mapping_is_refused(string yaml, string message) =>
        Assert.Contains(message, Assert.Single(SampleJob.Load(yaml).Problems).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void Hundred_thousand_brackets_are_refused_as_too_deep(char bracket)
    {
        var problem = Assert.Single(SampleJob.Load("id: " + new string(bracket, 100_000)).Problems);
        Assert.Equal((1, "is nested more than 32 deep."), (problem.Line, problem.Message));
    }

    [Fact]
    public void Deep_blocks_are_refused_as_too_deep()
    {
        var yaml = string.Concat(Enumerable.Range(0, 40).Select(i => new string(' ', i) + "a:\n"));
        Assert.Contains("32 deep", Assert.Single(SampleJob.Load(yaml).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Malformed_files_are_errors_and_no_crash()
    {
        var random = new Random(7);
        const string Signs = "{}[]:,#&*!|>'\"%@`-?\n\t \0\u0085\uFEFFa1~<=";
        for (var i = 0; i < 3000; i++)
        {
            var text = SampleJob.Yaml.ToCharArray().ToList();
            for (var n = random.Next(1, 6); n > 0; n--)
            {
                var at = random.Next(text.Count);
                if (random.Next(3) == 0)
                    text.RemoveRange(at, Math.Min(random.Next(1, 30), text.Count - at));
                else
                    text.Insert(at, Signs[random.Next(Signs.Length)]);
            }

            var load = SampleJob.Load(new string([.. text]));
            Assert.True(load.Job is not null || load.Problems.Count > 0);
        }
    }

    [Fact]
    public void Files_over_a_mebibyte_are_refused()
    {
        var problem = Assert.Single(SampleJob.Load(SampleJob.Yaml + "#" + new string('x', 1 << 20)).Problems);
        Assert.Contains("1 MiB", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused()
    {
        var files = new Dictionary<string, byte[]>(SampleJob.Folder().Files) { ["job.yaml"] = [0x69, 0x3A, 0xFF] };
        var load = new JobLoader(_ => null).Load(new JobFolder("sample", files));
        Assert.Contains("UTF-8", Assert.Single(load.Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("notice.english.md", "x", "notice.english.md", "notice.<locale>.md")]
    [InlineData("notice.de.credited.md", "x", "notice.de.credited.md", "notice.en.credited.md")]
    [InlineData("notice.en.held.md", null, "notice.en.held.md", "is missing")]
    [InlineData("detect.sql", "  ", "job.yaml", "empty")]
    [InlineData("examples.yaml", "examples: 3", "examples.yaml", "must be a list")]
    public void Files_beside_the_job_are_checked(string name, string? text, string file, string message)
    {
        var problem = Assert.Single(SampleJob.Load(SampleJob.Yaml, (name, text)).Problems);
        Assert.Equal(file, problem.File);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Job_without_money_needs_no_limits_and_no_holds()
    {
        var yaml = SampleJob.HazardYaml + "limits: { budget: { amount: 1.00 USD, per: day } }\n";
        Assert.Equal("limits.budget", Assert.Single(SampleJob.Load(yaml).Problems).Key);
        Assert.NotNull(SampleJob.Load(SampleJob.HazardYaml, ("notice.en.held.md", null)).Job);
    }

    [Fact]
    public void Notice_content_is_checked_against_the_evidence_of_the_job()
    {
        var shipped = Shipped.Folder("slow-video-stream");
        var files = new Dictionary<string, byte[]>(shipped.Files)
        {
            ["notice.de.md"] = "Subject: {{ratio}}\n\n{{rating}}\n"u8.ToArray(),
        };
        var loader = new JobLoader(_ => null, (_, _) => ["ratio", "is_path_slow"]);
        Assert.NotNull(loader.Load(shipped).Job);
        var problems = loader.Load(new JobFolder("changed", files)).Problems;
        Assert.Contains(problems, problem => problem.Line == 3
            && problem.Message.Contains("'rating' is not known here", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Message.Contains("what happened", StringComparison.Ordinal));
        Assert.All(problems, problem => Assert.Equal("notice.de.md", problem.File));
    }

    [Fact]
    public void Problem_of_the_detector_is_reported_by_its_evidence()
    {
        var loader = new JobLoader(_ => null, (job, found) =>
        {
            found.Add(new JobProblem("detect.sql", 2, "", $"no such column in {job.Id}"));
            return ["is_path_slow"];
        });
        var problems = loader.Load(Shipped.Folder("slow-video-stream")).Problems;
        Assert.Equal("detect.sql:2: no such column in slow-video-stream", Assert.Single(problems).ToString());
    }

    [Fact]
    public void Two_jobs_with_one_id_are_both_refused()
    {
        var jobs = Directory.CreateTempSubdirectory().FullName;
        SampleJob.Folder().Write(Path.Combine(jobs, "a"));
        SampleJob.Folder().Write(Path.Combine(jobs, "b"));
        SampleJob.Folder(SampleJob.HazardYaml).Write(Path.Combine(jobs, "c"));
        var loads = new JobLoader(_ => null).LoadAll(jobs);
        Assert.Equal([false, false, true], loads.Select(load => load.Job is not null));
        Assert.Contains("used by a and b", loads[0].Problems[0].Message, StringComparison.Ordinal);
        Directory.Delete(jobs, recursive: true);
    }
}
