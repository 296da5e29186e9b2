using Dapper;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Tests;

namespace ProactiveCare.Scenarios;

/// <summary>The work of an operator, and the alarms that operators get.</summary>
public sealed class DutyTests
{
    private const string Owner = "video-operations@example.com";

    [Fact]
    public void Paused_job_does_nothing_and_loses_nothing()
    {
        using var story = Story.OfSlowStreams();
        story.Stop("pause").BadEvening("ada").Later(hours: 2).Watch();
        Assert.Empty(story.Cases());
        Assert.Empty(story.OpenAlarms());
        story.EndStop("pause").Later(minutes: 5).BillingAnswers();
        Assert.Equal("ada 4.99 USD", story.Paid());
    }

    [Fact]
    public void Pause_with_an_end_expires_and_names_its_actor_and_reason()
    {
        using var story = Story.OfSlowStreams();
        story.Stop("pause", reason: "new CDN", until: story.Now + Duration.FromHours(1)).BadEvening("ada")
            .Later(minutes: 55);
        var stop = Assert.Single(story.Read(db => JobStops.Of(db, new JobId("slow-video-stream"), story.Now)));
        Assert.Equal(("olga", "new CDN"), (stop.By, stop.Reason));
        Assert.Empty(story.Cases());
        Assert.Single(story.Later(minutes: 10).Cases());
    }

    [Fact]
    public void Silent_job_or_telemetry_raises_one_alarm_that_ends_with_the_silence()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 5).Watch();
        Assert.Empty(story.OpenAlarms());

        story.Asleep(minutes: 20).Watch().Watch();
        Assert.Equal(["slow-video-stream runs-silent", "slow-video-stream telemetry-silent"], story.OpenAlarms());
        Assert.Equal(2, story.StaffMails(Owner).Count);
        Assert.Equal(2, story.StaffMails("olga@company.example").Count);
        Assert.Empty(story.StaffMails("fred@company.example"));

        story.BadEvening("bob").Later().Watch();
        Assert.Empty(story.OpenAlarms());
        story.Asleep(minutes: 20).Watch();
        Assert.Equal(4, story.StaffMails(Owner).Count);
    }

    // 13 March 2026 is a Friday.
    [Fact]
    public void Job_of_weekdays_is_silent_at_weekends()
    {
        using var story = new Story("2026-03-13T08:00:00Z", jobs: "slow-video-stream");
        story.Edit("slow-video-stream", "expectEvery: 15m ", "expectEvery: 25h ")
            .Edit("slow-video-stream", "cron: 0 0/5 * * * ?          #", "cron: 0 0 9 ? * MON-FRI #")
            .BadEvening("ada").At("2026-03-13T09:00:00Z");
        foreach (var at in new[] { "2026-03-14T12:00:00Z", "2026-03-15T23:00:00Z", "2026-03-16T09:30:00Z" })
        {
            story.Asleep(minutes: (int)(Time.Parse(at) - story.Now).TotalMinutes).Watch();
            Assert.Empty(story.OpenAlarms());
        }
        story.Asleep(hours: 1).Watch();
        Assert.Equal(["slow-video-stream runs-silent", "slow-video-stream telemetry-silent"], story.OpenAlarms());
        story.BadEvening("bob").Later().Watch();
        Assert.Empty(story.OpenAlarms());
    }

    [Fact]
    public void Row_that_ends_in_the_future_holds_the_job_back_and_somebody_hears()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Write(db => db.Execute("UPDATE session SET ended_at = ended_at + 1000000000"));
        story.Later(hours: 1).BadEvening("bob").Later(minutes: 5).Watch();
        Assert.Empty(story.OpenAlarms());
        story.Later(hours: 1).BadEvening("cid").Later(minutes: 5).Watch();
        Assert.Equal(["slow-video-stream behind"], story.OpenAlarms());
    }

    [Fact]
    public void Rows_of_kinds_that_a_job_does_not_read_leave_it_up_to_date()
    {
        using var story = new Story("2026-03-13T08:00:00Z", jobs: "weather-outage-alert");
        var job = story.Read(db => story.Product.Book.Acting(db, new JobId("weather-outage-alert")).Job);
        story.BadEvening("ada").Contacted("ada");
        Assert.Equal(new Lag(0, null), story.Read(db => Lag.Of(db, job, Mode.Live)));
        story.Given("alerts", File.ReadAllText(Path.Combine(
            Repository.Root, "jobs", "weather-outage-alert", "examples.geojson")));
        Assert.Equal(new Lag(2, story.Now), story.Read(db => Lag.Of(db, job, Mode.Live)));
    }

    [Fact]
    public void Unnumbered_rows_raise_an_alarm_until_they_are_numbered()
    {
        TestDatabase.SkipUnlessServer();
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Write(db => db.Execute("UPDATE session SET arrival = NULL"));
        story.Asleep(minutes: 1).Watch();
        Assert.Empty(story.OpenAlarms());
        story.Asleep(minutes: 2).Watch();
        Assert.Equal(["slow-video-stream numbering-stalled"], story.OpenAlarms());

        story.Run();
        story.Watch();
        Assert.Empty(story.OpenAlarms());
    }

    [Fact]
    public void Failing_statement_moves_no_cursor_raises_an_alarm_and_works_once_corrected()
    {
        using var story = Story.OfSlowStreams();
        story.Edit("slow-video-stream", "worst.started_at AS", "-1 AS", "detect.sql").BadEvening("ada")
            .Asleep(minutes: 35);
        Assert.Equal(RunState.Failed, Assert.Single(story.Run()).State);
        story.Watch();
        Assert.Equal(["slow-video-stream run-failed"], story.OpenAlarms()
            .Where(a => a.EndsWith("failed", StringComparison.Ordinal)));
        Assert.Contains(story.StaffMails(Owner), m => m.Text!.ReplaceLineEndings(" ").Contains("occurred_at of row 1"));

        story.Edit("slow-video-stream", "-1 AS", "worst.started_at AS", "detect.sql").Later(minutes: 5).Watch()
            .BillingAnswers();
        Assert.DoesNotContain("slow-video-stream run-failed", story.OpenAlarms());
        Assert.Equal("ada 4.99 USD", story.Paid());
    }

    [Theory]
    [InlineData("job.yaml", "share: 100%", "share: 140%", "remedy.refund.share")]
    [InlineData("job.yaml", "owner:", "ownr:", "did you mean 'owner'?")]
    [InlineData("detect.sql", "JOIN purchase p", "JOIN credit p", "credit")]
    [InlineData("detect.sql", "<= @settled", "<= @setled", "@setled")]
    [InlineData("notice.en.md", "{{title}}", "{{tittle}}", "tittle")]
    public void Invalid_edit_raises_an_alarm_and_the_last_valid_version_runs(
        string file, string right, string wrong, string named)
    {
        using var story = Story.OfSlowStreams();
        var problems = story.TryEdit("slow-video-stream", right, wrong, file);
        Assert.Contains(problems, p => p.ToString().Contains(named, StringComparison.Ordinal));
        story.BadEvening("ada").Later(minutes: 35).Watch().BillingAnswers();
        Assert.Contains("slow-video-stream folder-wrong", story.OpenAlarms());
        Assert.Equal("ada 4.99 USD", story.Paid());

        story.Edit("slow-video-stream", wrong, right, file).Watch();
        Assert.DoesNotContain("slow-video-stream folder-wrong", story.OpenAlarms());
    }

    [Fact]
    public void Edit_applies_from_the_next_run_and_changes_no_decision()
    {
        using var story = Story.OfSlowStreams();
        story.BadEvening("ada").Later(minutes: 35).With("share: 100%", "share: 50%").BadEvening("bob")
            .Later(minutes: 35);
        story.BillingAnswers();
        Assert.Equal("ada 4.99 USD, bob 2.50 USD", story.Paid());
        story.BooksBalance();
    }

    [Fact]
    public void Job_with_a_missing_folder_stops_and_resumes_at_its_cursor()
    {
        using var story = Story.OfSlowStreams();
        var (here, away) = (Path.Combine(story.Jobs, "slow-video-stream"), story.Folder.Inside("away"));
        Directory.Move(here, away);
        Assert.Empty(story.ReadJobs());
        story.BadEvening("ada").Later(hours: 1);
        Assert.Empty(story.Cases());
        Directory.Move(away, here);
        Assert.Empty(story.ReadJobs());
        Assert.Equal("ada 4.99 USD", story.Later(minutes: 5).BillingAnswers().Paid());
    }
}
