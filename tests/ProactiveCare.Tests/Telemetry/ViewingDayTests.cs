using Dapper;
using NodaTime;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests.RealData;

namespace ProactiveCare.Tests.Telemetry;

public sealed class ViewingDayTests : IDisposable
{
    private static readonly string[] Zones =
        ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe", "UTC"];

    private readonly Installed here = new();

    public ViewingDayTests() => here.Clock.Set("2026-12-31T12:00:00Z");

    public void Dispose() => here.Dispose();

    // Both ends of daylight saving time of each zone lie within the year.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_sessions_of_a_year_have_the_days_of_the_reference(int seed)
    {
        var random = new Random(seed);
        var sessions = Enumerable.Range(0, 800).Select(i =>
        {
            var zone = random.Next(Zones.Length);
            var started = Instant.FromUtc(2026, random.Next(3, 12), random.Next(1, 3), 0, 0)
                + Duration.FromMinutes(random.Next(48 * 60));
            return (Id: $"s{i:000}", Customer: $"c{zone}", Zone: Zones[zone], Title: random.Next(4) == 0 ? "" : "Film",
                Started: started, Ended: started + Duration.FromMinutes(random.Next(180)));
        }).ToList();
        for (var zone = 0; zone < Zones.Length; zone++) Customer($"c{zone}", Zones[zone]);
        Sessions([.. sessions.Select(s => Row(s.Id, s.Customer, s.Started, s.Ended, s.Title.Length == 0 ? s.Id : ""))]);
        var reference = Reference.Answer("viewing_days.py",
            "session_id,customer_id,time_zone,title,started_at,ended_at\n" + string.Join('\n', sessions.Select(s =>
                $"{s.Id},{s.Customer},{s.Zone},{s.Title},{s.Started.ToUnixTimeSeconds()},"
                + $"{s.Ended.ToUnixTimeSeconds()}")));
        Assert.Equal(reference, Days());
    }

    [Theory]
    [InlineData("Pacific/Pago_Pago", "Asia/Tokyo", "2026-03-13")]
    [InlineData("", "Asia/Tokyo", "2026-03-14")]
    [InlineData("", "", "2026-03-15")]
    public void Zone_is_the_customers_else_the_premises_else_the_companys(string own, string home, string day)
    {
        here.Store.CompanyZone = DateTimeZoneProviders.Tzdb["Pacific/Kiritimati"];
        Customer("c1", own);
        here.Import("premises", $"premises_id,customer_id,time_zone\nh1,c1,\nh2,c1,{home}\n");
        var at = Instant.FromUtc(2026, 3, 14, 15, 30);
        Sessions(Row("s1", "c1", at, at));
        here.Write(db => db.Execute("UPDATE customer SET time_zone = 'Mars/Base' WHERE time_zone IS NULL"));
        Sessions(Row("s2", "c1", at + Duration.FromDays(2), at + Duration.FromDays(2)));
        Assert.Equal(day, Days()[0]["s1,".Length..]);
        Assert.Equal(2, Period.DaysBetween(Day(0), Day(1)));
    }

    [Theory]
    [InlineData("s1 s2 s3", "13 13 13")]
    [InlineData("s3 s2 s1", "14 14 14")]
    [InlineData("s2 s1 s3", "14 14 14")]
    [InlineData("s1+s2+s3", "13 13 13")]
    [InlineData("s3+s2+s1", "13 13 13")]
    [InlineData("s1 s3+s2", "13 13 13")]
    public void Sitting_over_five_in_the_morning_has_one_day_in_any_order(string order, string days)
    {
        Customer("c1", "UTC");
        var five = Instant.FromUtc(2026, 3, 14, 5, 0);
        var rows = new Dictionary<string, string>
        {
            ["s1"] = Row("s1", "c1", five - Duration.FromMinutes(40), five - Duration.FromMinutes(20)),
            ["s2"] = Row("s2", "c1", five + Duration.FromMinutes(5), five + Duration.FromMinutes(20)),
            ["s3"] = Row("s3", "c1", five + Duration.FromMinutes(40), five + Duration.FromMinutes(50)),
        };
        foreach (var file in order.Split(' ')) Sessions([.. file.Split('+').Select(id => rows[id])]);
        Assert.Equal(days, string.Join(' ', Days().Select(day => day[^2..])));
        var evening = five + Duration.FromHours(14);
        Sessions(Row("s4", "c1", evening, evening));
        Assert.Equal("s4,2026-03-14", Days()[3]);
    }

    [Fact]
    public void Screen_that_plays_for_days_has_a_day_for_each_two()
    {
        Customer("c1", "UTC");
        var from = Instant.FromUtc(2026, 3, 14, 5, 0);
        Sessions([.. Enumerable.Range(0, 96).Select(hour => Row(
            $"s{hour:00}", "c1", from + Duration.FromHours(hour), from + Duration.FromHours(hour + 1)))]);
        Assert.Equal(["2026-03-14", "2026-03-16"], Days().Select(day => day[4..]).Distinct());
    }

    [Fact]
    public void Day_stays_when_the_zone_changes_and_the_session_is_revised()
    {
        Customer("c1", "America/New_York");
        var at = Instant.FromUtc(2026, 3, 14, 23, 0);
        Sessions(Row("s1", "c1", at, at));
        Customer("c1", "Asia/Tokyo");
        Sessions(Row("s1", "c1", at, at + Duration.FromMinutes(10)));
        Sessions(Row("s2", "c1", at + Duration.FromMinutes(20), at + Duration.FromMinutes(30)));
        Assert.Equal(["s1,2026-03-14", "s2,2026-03-14"], Days());
        Sessions(Row("s1", "c1", at - Duration.FromDays(5), at - Duration.FromDays(5)));
        Assert.Equal("s1,2026-03-10", Days()[0]);
    }

    private static string Row(string id, string customer, Instant started, Instant ended, string purchase = "") =>
        $"{id},{customer},{purchase},v1,Film,{started.Iso()},{ended.Iso()},600,0,0,false";

    private LocalDate Day(int at) => NodaTime.Text.LocalDatePattern.Iso.Parse(Days()[at][3..]).Value;

    private List<string> Days() =>
        here.Read(db => db.Query<string>("SELECT session_id || ',' || viewing_day FROM session ORDER BY session_id"))
            .ToList();

    private void Customer(string id, string zone) => Assert.Equal(0, here.Import("customers",
        $"customer_id,email,name,locale,time_zone,status\n{id},a@example.com,A,en,{zone},active\n").Quarantined);

    private void Sessions(params string[] rows) => Assert.Equal(0, here.Import("sessions",
        Importing.SessionHeader.Replace("customer_id,", "customer_id,purchase_id,", StringComparison.Ordinal) + "\n"
        + string.Join('\n', rows)).Quarantined);
}
