using NodaTime;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Worker;
using ProactiveCare.Worker.Scheduling;

namespace ProactiveCare.Tests.Worker;

public sealed class ScheduleWordsTests
{
    [Theory]
    [InlineData("0 0/5 * * * ?", "every 5 minutes")]
    [InlineData("0 */5 * * * ?", "every 5 minutes")]
    [InlineData("0 2/5 * * * ?", "every 5 minutes, from 02 minutes past")]
    [InlineData("0 7/5 * * * ?", "by the expression 0 7/5 * * * ?")]
    [InlineData("0 * * * * ?", "every minute")]
    [InlineData("0 0/1 * * * ?", "every minute")]
    [InlineData("0/10 * * * * ?", "every 10 seconds")]
    [InlineData("0/2 * * * * ?", "every 2 seconds")]
    [InlineData("0 0 * * * ?", "every hour, on the hour")]
    [InlineData("0 20 * * * ?", "every hour at 20 minutes past")]
    [InlineData("0 15 0/6 * * ?", "every 6 hours, at 15 minutes past")]
    [InlineData("0 0/10 8-17 * * ?", "every 10 minutes from 08:00 to 17:59")]
    [InlineData("0 0/15 9-17 ? * MON-FRI", "every 15 minutes from 09:00 to 17:59 Monday to Friday")]
    [InlineData("0 0 7 * * ?", "at 07:00 every day")]
    [InlineData("0 0 7 ? * *", "at 07:00 every day")]
    [InlineData("0 30 6 ? * MON", "at 06:30 on Mondays")]
    [InlineData("0 30 6 ? * 2", "at 06:30 on Mondays")]
    [InlineData("0 30 6,18 ? * TUE,FRI", "at 06:30 and 18:30 on Tuesdays and Fridays")]
    [InlineData("0 0 9 1 * ?", "at 09:00 on day 1 of the month")]
    [InlineData("0 0 9 L * ?", "at 09:00 on the last day of the month")]
    [InlineData("0 0/7 * * * ?", "by the expression 0 0/7 * * * ?")]
    [InlineData("0 0 9 ? * MON#1", "by the expression 0 0 9 ? * MON#1")]
    [InlineData("0 0 9 1 6 ?", "by the expression 0 0 9 1 6 ?")]
    [InlineData("0 0 12 * * ? 2027", "by the expression 0 0 12 * * ? 2027")]
    public void Expression_is_described_without_ambiguity(string cron, string words)
    {
        Assert.Null(ScheduleWords.CronError(cron) is { } error && !error.Contains("never fires") ? error : null);
        Assert.Equal(words, ScheduleWords.Of(cron));
    }

    [Theory]
    [InlineData("every five minutes")]
    [InlineData("0 0/5 * * *")]
    [InlineData("0 61 * * * ?")]
    [InlineData("")]
    [InlineData("0 0 0 30 2 ?")]
    [InlineData("* * * * * ?")]
    [InlineData("0/1 0/5 * * * ?")]
    [InlineData("10,11 0 8 * * ?")]
    public void Invalid_expression_is_explained(string cron) =>
        Assert.NotEmpty(ScheduleWords.CronError(cron) ?? "");

    [Fact]
    public void Expression_of_more_than_a_thousand_characters_is_refused()
    {
        Assert.Null(ScheduleWords.CronError($"0 {string.Join(',', Enumerable.Repeat('5', 495))} * * * ?"));
        Assert.Equal("it is longer than 1,000 characters",
            ScheduleWords.CronError($"0 {string.Join(',', Enumerable.Repeat('5', 497))} * * * ?"));
    }

    // 14 March 2026 is a Saturday; New York put its clocks forward on the 8th.
    [Theory]
    [InlineData("0 0/5 * * * ?", "UTC", "15m", "2026-03-14T12:00:03Z", "2026-03-14T12:15:00Z")]
    [InlineData("0 0/15 * * * ?", "UTC", "15m", "2026-03-14T12:00:03Z", "2026-03-14T12:16:00Z")]
    [InlineData("0 0 9 * * ?", "UTC", "25h", "2026-03-14T09:00:03Z", "2026-03-15T10:00:00Z")]
    [InlineData("0 0 9 ? * MON-FRI", "UTC", "25h", "2026-03-13T09:00:03Z", "2026-03-16T10:00:00Z")]
    [InlineData("0 0 9 ? * MON-FRI", "America/New_York", "25h", "2026-03-06T14:00:03Z", "2026-03-09T14:00:00Z")]
    [InlineData("0 0/10 9-17 ? * MON-FRI", "UTC", "30m", "2026-03-13T17:50:03Z", "2026-03-16T09:20:00Z")]
    [InlineData("0 0 9 1 * ?", "UTC", "30d", "2026-02-01T09:00:03Z", "2026-03-03T09:00:00Z")]
    [InlineData("0 0 9 1 1 ? 2027", "UTC", "1d", "2027-01-01T09:00:03Z", null)]
    public void Silence_is_counted_from_the_firings_that_the_schedule_promises(
        string cron, string zone, string expect, string since, string? overdue)
    {
        var schedule = new JobSchedule(
            cron, DateTimeZoneProviders.Tzdb[zone], Duration.Zero, Scalars.TryDuration(expect)!.Value);
        Assert.Equal(overdue is null ? Instant.MaxValue : Time.Parse(overdue),
            schedule.OverdueAt(ScheduleWords.Rules, Time.Parse(since)));
    }

    [Theory]
    [InlineData("0 0/5 * * * ?", "15m", "2026-03-14T12:00:03Z", "2026-03-14T12:15:03Z")]
    [InlineData("0 0 9 * * ?", "25h", "2026-03-13T10:00:00Z", "2026-03-14T11:00:00Z")]
    [InlineData("0 0 9 ? * MON-FRI", "25h", "2026-03-11T08:00:00Z", "2026-03-12T09:00:00Z")]
    [InlineData("0 0 9 ? * MON-FRI", "25h", "2026-03-13T08:00:00Z", "2026-03-16T10:00:00Z")]
    [InlineData("0 0 9 ? * MON-FRI", "25h", "2026-03-14T23:00:00Z", "2026-03-16T10:00:00Z")]
    [InlineData("0 0 9 1 1 ? 2027", "1d", "2027-01-01T09:00:03Z", null)]
    public void Telemetry_is_expected_when_the_schedule_would_look_at_it(
        string cron, string expect, string since, string? stale)
    {
        var schedule = new JobSchedule(cron, DateTimeZone.Utc, Duration.Zero, Scalars.TryDuration(expect)!.Value);
        Assert.Equal(stale is null ? Instant.MaxValue : Time.Parse(stale),
            schedule.StaleAt(ScheduleWords.Rules, Time.Parse(since)));
    }

    [Fact]
    public void Next_firings_follow_the_jobs_time_zone_across_a_clock_change()
    {
        var vienna = DateTimeZoneProviders.Tzdb["Europe/Vienna"];
        var next = ScheduleWords.Next("0 0 7 * * ?", vienna, Time.Parse("2026-03-27T12:00:00Z"), 3);
        Assert.Equal(
            ["2026-03-28T06:00:00Z", "2026-03-29T05:00:00Z", "2026-03-30T05:00:00Z"], next.Select(i => i.Iso()));
    }

    [Fact]
    public void Firing_missed_while_down_is_known_from_the_last_run()
    {
        var job = new JobClock(new JobId("j"), "0 0 7 * * ?", DateTimeZone.Utc, Time.Parse("2026-03-13T07:00:04Z"));
        Assert.False(job.Missed(Time.Parse("2026-03-14T06:59:59Z")));
        Assert.True(job.Missed(Time.Parse("2026-03-14T07:00:00Z")));
        Assert.False((job with { LastRun = null }).Missed(Time.Parse("2026-03-14T07:00:00Z")));
    }
}
