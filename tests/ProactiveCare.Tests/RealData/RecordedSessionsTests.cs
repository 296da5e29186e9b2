using System.Globalization;

namespace ProactiveCare.Tests.RealData;

/// <summary>The conversion of recordings agrees, number by number, with the one written in Python.</summary>
public sealed class RecordedSessionsTests
{
    [Fact]
    public void Every_playback_is_a_session_with_the_numbers_of_the_separate_calculation()
    {
        var sessions = YouTubeSessions.Read().Concat(LumosSessions.Read());
        var converted = sessions.Select(session => string.Join(',', session.Id, Number(session.WatchSeconds),
                Number(session.StallSeconds), session.StallCount, Number(session.LongestStallSeconds)))
            .Order(StringComparer.Ordinal).ToList();

        var expected = Reference.Run("slow_video.py", "all")
            .Select(line => line.Split(','))
            .Select(fields => string.Join(',', fields[0], Number(Parsed(fields[2])),
                Number(Parsed(fields[3])), fields[4], fields[5].Length == 0 ? "" : Number(Parsed(fields[5]))))
            .ToList();

        Assert.Equal(2060, converted.Count);
        Assert.Equal(expected, converted);
    }

    [Fact]
    public void Reference_calculations_pass_their_own_cases() => Reference.Run("test_reference.py");

    [Fact]
    public void Session_lasts_at_least_as_long_as_it_was_watched()
    {
        foreach (var session in YouTubeSessions.Read().Concat(LumosSessions.Read()))
        {
            Assert.InRange(session.StallSeconds, 0, session.WatchSeconds);
            var lasted = (decimal)(session.EndedAt - session.StartedAt).Ticks / TimeSpan.TicksPerSecond;
            Assert.True(lasted >= session.WatchSeconds, session.Id);
        }
    }

    [Fact]
    public void Row_of_an_import_file_reads_as_recorded()
    {
        var files = RecordedSession.ToImportFiles(YouTubeSessions.Read());

        // run_start 1435169343.88, run_length 505.39999985694885
        Assert.Contains("\nyt-2015062420090f6a6,yt-2015062420090f6a6,yt-2015062420090f6a6,", files.Sessions,
            StringComparison.Ordinal);
        Assert.Contains(",2015-06-24T18:09:03.880Z,2015-06-24T18:17:29.280Z,"
            + "505.39999985694885,30.399999856948853,3,,,,,,", files.Sessions, StringComparison.Ordinal);
        Assert.Equal(2001, files.Customers.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(2001, files.Purchases.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Each_county_has_a_home()
    {
        var homes = UsCounties.Read();
        var files = UsCounties.ToImportFiles(homes);

        Assert.Equal(3233, homes.Count);
        Assert.Equal(Reference.Run("weather_alerts.py", "--homes"), homes.Select(home =>
            $"{home.Id},{home.Latitude},{home.Longitude},{home.CountyFips},{home.ForecastZone}"));
        Assert.Contains("\ncounty-01015,county-01015,33.7714,-85.8261,01015,ALZ019,America/Chicago,Calhoun AL\n",
            files.Premises, StringComparison.Ordinal);
    }

    private static decimal Parsed(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    // Without trailing zeros, which carry no meaning here.
    private static string Number(decimal? value) =>
        value?.ToString("0.############################", CultureInfo.InvariantCulture) ?? "";
}
