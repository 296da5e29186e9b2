using NodaTime;

namespace ProactiveCare.Tests;

public sealed class TimeFrameTests
{
    [Fact]
    public void Words_are_whole_days_of_the_zone_at_every_hour_and_clock_change()
    {
        var random = new Random(5);
        string[] zones = ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo"];
        foreach (var word in new[] { "today", "yesterday", "this-week", "last-week", "this-month", "last-month" })
        {
            for (var round = 0; round < 300; round++)
            {
                var zone = DateTimeZoneProviders.Tzdb[zones[random.Next(zones.Length)]];
                var now = Instant.FromUnixTimeSeconds(random.NextInt64(946_684_800, 1_900_000_000));
                var frame = TimeFrame.Parse(word, word, zone, now);
                var (from, until) = (frame.From!.Value.InZone(zone), frame.Until!.Value.InZone(zone));
                Assert.Equal(from.ToInstant(), zone.AtStartOfDay(from.Date).ToInstant());
                Assert.Equal(until.ToInstant(), zone.AtStartOfDay(until.Date).ToInstant());
                var (which, unit) = (word.Split('-')[0], word.Split('-')[^1]);
                var days = NodaTime.Period.DaysBetween(from.Date, until.Date);
                Assert.True(unit == "week" ? days == 7 && from.DayOfWeek == IsoDayOfWeek.Monday
                    : unit == "month" ? from.Day == 1 && until.Day == 1 && days is >= 28 and <= 31
                    : days == 1);
                Assert.Equal(which is "today" or "this", now >= frame.From && now < frame.Until);
            }
        }
    }
}
