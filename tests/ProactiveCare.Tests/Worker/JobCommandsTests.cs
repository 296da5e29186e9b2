using NodaTime;
using ProactiveCare.Tests.Jobs;

namespace ProactiveCare.Tests.Worker;

public sealed class JobCommandsTests
{
    [Fact]
    public void New_job_stays_in_shadow_until_accepted_with_its_cost_known()
    {
        using var shop = new Shop(accepted: false);
        var seen = Assert.Single(shop.Do("jobs list --json").Json.EnumerateArray());
        Assert.Equal("waits-for-acceptance", seen.GetProperty("state").GetString());
        Assert.Equal(2, seen.GetProperty("lagRows").GetInt64());
        Assert.Equal(3, seen.GetProperty("schedule").GetProperty("next").GetArrayLength());

        var ran = shop.Do($"jobs run {Shop.Job}").Out;
        Assert.Contains("shadow, run 1: 2 findings, 2 new cases", ran);
        Assert.Contains("1 case would be given, 4.99 USD", ran);
        Assert.Equal("[]", shop.Do("credits list --json").Out.Trim());

        var refused = shop.Desk.Run($"jobs accept {Shop.Job}");
        Assert.Equal(2, refused.Code);
        Assert.Contains("--yes", refused.Error);
        var accepted = shop.Do($"jobs accept {Shop.Job} --yes").Out;
        Assert.Contains("would have helped in 2 cases, giving 24.98 USD", accepted);
        Assert.Contains("it is live", accepted);
        Assert.Equal(2, shop.Desk.Run($"jobs accept {Shop.Job} --yes").Code);
    }

    [Fact]
    public void Rows_older_than_a_job_are_counted_and_found_by_one_backfill()
    {
        using var shop = new Shop(accepted: false);
        shop.Do($"jobs accept {Shop.Job} --yes");
        Assert.Contains(
            "2 rows arrived before this job was activated and were not looked at. To look: "
            + $"proactive-care jobs backfill {Shop.Job} --from 2026-03-14T20:00:00Z",
            shop.Do($"jobs run {Shop.Job}").Out);
        var backfill = $"jobs backfill {Shop.Job} --from 2026-03-14T20:00:00Z";
        Assert.Contains("2 findings, 2 new cases", shop.Do(backfill).Out);
        Assert.Contains("2 findings, 0 new cases", shop.Do(backfill).Out);
        Assert.DoesNotContain("backfill", shop.Do($"jobs run {Shop.Job}").Out);
        Assert.Equal(2, shop.Do("credits list --json").Json.GetArrayLength());
        Assert.Equal(4, shop.Do($"jobs history {Shop.Job} --json").Json.GetArrayLength());
    }

    [Fact]
    public void Examples_are_run_on_the_server_as_well()
    {
        TestDatabase.SkipUnlessServer();
        using var desk = new Desk();
        foreach (var file in Directory.GetFiles(Path.Combine(Shipped.JobsFolder, Shop.Job)))
            desk.File($"jobs/{Shop.Job}/{Path.GetFileName(file)}", File.ReadAllText(file));
        Assert.Equal(0, desk.Run("jobs check").Code);
        var sql = File.ReadAllText(Path.Combine(desk.Path, "jobs", Shop.Job, "detect.sql"));
        desk.File($"jobs/{Shop.Job}/detect.postgresql.sql", $"SELECT * FROM (\n{sql}\n) AS nothing WHERE FALSE");
        var told = desk.Run("jobs check");
        Assert.Equal(1, told.Code);
        Assert.All(told.Out.Trim().Split('\n'), line => Assert.Contains("on PostgreSQL: expected", line));
    }

    [Fact]
    public void Plan_shows_what_would_be_found_and_changes_nothing()
    {
        using var shop = new Shop();
        Assert.Contains("would find 2 subjects, 2 of them new", shop.Do($"jobs plan {Shop.Job}").Out);
        Assert.Equal("[]", shop.Do($"jobs history {Shop.Job} --json").Out.Trim());
        Assert.Equal("[]", shop.Do("cases list --json").Out.Trim());
    }

    [Fact]
    public async Task Rows_that_an_accepted_job_has_read_expire_whatever_its_shadow_had_read()
    {
        using var shop = new Shop();
        shop.Clock.Advance(TimeSpan.FromDays(100));
        Assert.Equal(0, await Deleted());
        shop.Do($"jobs run {Shop.Job}");
        Assert.Equal(2, await Deleted());

        async Task<long> Deleted() => (await shop.Work(
            product => product.Retain(Duration.FromDays(90), CancellationToken.None))).Deleted;
    }

    [Fact]
    public async Task Withdrawn_version_blocks_no_retention()
    {
        using var shop = new Shop();
        var yaml = Path.Combine(shop.Desk.Path, "jobs", Shop.Job, "job.yaml");
        var before = File.ReadAllText(yaml);
        foreach (var text in new[] { before.Replace("share: 100%", "share: 50%", StringComparison.Ordinal), before })
        {
            File.WriteAllText(yaml, text);
            await shop.Work(product => product.Intake.ReadAll());
        }
        shop.Do($"jobs run {Shop.Job}");
        shop.Clock.Advance(TimeSpan.FromDays(100));
        Assert.Equal(2, (await shop.Work(
            product => product.Retain(Duration.FromDays(90), CancellationToken.None))).Deleted);
    }

    [Fact]
    public async Task Job_without_a_folder_blocks_no_retention()
    {
        using var shop = new Shop();
        shop.Clock.Advance(TimeSpan.FromDays(100));
        Directory.Delete(Path.Combine(shop.Desk.Path, "jobs", Shop.Job), recursive: true);
        Assert.Equal(2, (await shop.Work(async product =>
        {
            await product.Intake.ReadAll();
            return await product.Retain(Duration.FromDays(90), CancellationToken.None);
        })).Deleted);
    }

    [Fact]
    public void Paused_job_does_not_run_and_resumes_at_the_end_of_the_pause()
    {
        using var shop = new Shop();
        shop.Do($"jobs pause {Shop.Job} --reason maintenance --for 2h");
        var told = shop.Desk.Run($"jobs run {Shop.Job}");
        Assert.Equal(1, told.Code);
        Assert.Contains("maintenance", told.Out);
        Assert.Contains("until 2026-03-14 22:00 UTC", shop.Do("jobs list").Out);
        Assert.Equal(2, shop.Desk.Run($"jobs pause {Shop.Job} --reason again").Code);
        shop.Clock.Set("2026-03-14T22:00:01Z");
        Assert.Contains("2 new cases", shop.Do($"jobs run {Shop.Job}").Out);
        Assert.Equal(2, shop.Desk.Run($"jobs resume {Shop.Job}").Code);
    }

    [Fact]
    public void Check_needs_no_installation_and_reports_every_mistake_with_its_place()
    {
        using var desk = new Desk();
        using var shop = new Shop();
        var job = Path.Combine(shop.Desk.Path, "jobs", Shop.Job);
        Assert.Equal(0, desk.Run($"jobs check {job}").Code);
        Assert.False(desk.Folder.Exists);

        var yaml = Path.Combine(job, "job.yaml");
        File.WriteAllText(yaml, File.ReadAllText(yaml)
            .Replace("share: 100%", "share: 300%", StringComparison.Ordinal)
            .Replace("owner:", "ownr:", StringComparison.Ordinal));
        var wrong = desk.Run($"jobs check {job}");
        Assert.Equal(1, wrong.Code);
        Assert.Contains("remedy.refund.share", wrong.Out);
        Assert.Contains("300%", wrong.Out);
        Assert.Contains("ownr", wrong.Out);
        Assert.Matches(@"job\.yaml:\d+: ", wrong.Out);
    }

    [Fact]
    public void Check_runs_the_examples_and_reports_differences()
    {
        using var shop = new Shop();
        var examples = Path.Combine(shop.Desk.Path, "jobs", Shop.Job, "examples.yaml");
        var text = File.ReadAllText(examples);
        var at = text.IndexOf("amount: 4.99 USD }", StringComparison.Ordinal);
        File.WriteAllText(examples, text[..at] + "amount: 5.99 USD }" + text[(at + "amount: 4.99 USD }".Length)..]);
        var wrong = shop.Desk.Run("jobs check");
        Assert.Equal(1, wrong.Code);
        Assert.Contains("expected pay 5.99 USD for purchase:p1, decided purchase:p1: pay  4.99 USD", wrong.Out);
    }

    [Fact]
    public void Job_copied_from_another_is_valid_and_the_same_id_is_refused()
    {
        using var shop = new Shop();
        Assert.Contains("jobs check my-job", shop.Do($"jobs new my-job --from {Shop.Job}").Out);
        Assert.Equal("my-job", shop.Do("jobs check my-job --json").Json[0].GetProperty("job").GetString());
        Assert.Equal(2, shop.Desk.Run($"jobs new my-job --from {Shop.Job}").Code);
        Assert.Contains(Shop.Job, shop.Desk.Run("jobs new other --from nothing").Error);
        Assert.Equal(2, shop.Desk.Run($"jobs new Bad_Id --from {Shop.Job}").Code);
    }

    [Fact]
    public void First_new_job_copies_the_shipped_ones_and_writes_nothing_where_they_ship()
    {
        using var desk = new Desk { Environment = new() { ["Jobs:Shipped"] = Shipped.JobsFolder } };
        var before = Directory.GetFileSystemEntries(Shipped.JobsFolder).Order().ToList();
        var jobs = Path.Combine(desk.Path, "jobs");
        Assert.Contains($"Jobs live in {Shipped.JobsFolder}", desk.Run("db init").Out);
        Assert.Contains($"Made {jobs}, with copies", desk.Run($"jobs new my-job --from {Shop.Job}").Out);

        Assert.Equal(before, Directory.GetFileSystemEntries(Shipped.JobsFolder).Order());
        Assert.Equal(
            before.Select(Path.GetFileName).Append("my-job").Order(),
            Directory.GetFileSystemEntries(jobs).Select(Path.GetFileName).Order());
        Assert.Equal(4, desk.Run("jobs check --json").Json.GetArrayLength());
        Assert.DoesNotContain("folder-gone", desk.Run("jobs list --json").Out);
        Assert.DoesNotContain("Made " + jobs + ",", desk.Run($"jobs new other --from {Shop.Job}").Out);
    }

    [Fact]
    public void Folder_in_which_no_worker_could_run_is_refused_before_anything_is_made()
    {
        using var desk = new Desk(isNew: true);
        var data = new string('d', 100);
        var told = desk.Run($"db init --data {data}");
        Assert.Equal(2, told.Code);
        Assert.Contains("too long for a socket (107 bytes)", told.Error);
        Assert.False(Directory.Exists(Path.Combine(desk.Path, data)));
    }

    [Fact]
    public void Edit_that_changes_money_waits_and_its_acceptance_shows_what_changed()
    {
        using var shop = new Shop();
        var yaml = Path.Combine(shop.Desk.Path, "jobs", Shop.Job, "job.yaml");
        File.WriteAllText(yaml, File.ReadAllText(yaml).Replace("share: 100%", "share: 50%", StringComparison.Ordinal));
        File.Delete(Path.Combine(shop.Desk.Path, "jobs", Shop.Job, "examples.yaml"));
        // With workers on other machines, accepting alone loads the folder.
        Assert.Equal(
            shop.Desk.Folder.Server is null,
            shop.Desk.Run($"jobs run {Shop.Job}").Error.Contains($"Changed job {Shop.Job}"));
        Assert.Contains("remedy.refund.share: 100% -> 50%", shop.Do($"jobs accept {Shop.Job} --yes").Out);
    }

    [Theory]
    [InlineData("jobs backfill slow-video-stream --from yesterday")]
    [InlineData("jobs pause slow-video-stream --reason x --for 2h --until 2026-03-15T00:00:00Z")]
    public void Invalid_arguments_are_refused(string command)
    {
        using var shop = new Shop();
        var told = shop.Desk.Run(command);
        Assert.Equal((2, ""), (told.Code, told.Out));
        Assert.NotEqual("", told.Error);
        Assert.DoesNotContain("unexpected", told.Error);
    }
}
