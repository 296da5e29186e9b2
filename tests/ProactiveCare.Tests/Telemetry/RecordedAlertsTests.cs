using System.Runtime.CompilerServices;
using Dapper;
using ProactiveCare.Hazards;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>Alerts as the National Weather Service published them.</summary>
public sealed class RecordedAlertsTests : IDisposable
{
    private static readonly HazardRule Everything = new([], []);

    private readonly Installed here = new("2026-07-16T00:00:00Z");

    public void Dispose() => here.Dispose();

    [Theory]
    [InlineData("active-2024-12-08-features.json", 444, 0)]
    [InlineData("active-2026-07-15.json", 393, 3)]
    [InlineData("by-area-2020-01-07.json", 1, 0)]
    [InlineData("point-nyc-2026-07-01.json", 2, 0)]
    [InlineData("single-alert-2020-01-04.json", 1, 0)]
    [InlineData("winter-2023-01-31.json", 2, 0)]
    [InlineData("zone-history-ALC129-tornado-watch.json", 3, 0)]
    public void Every_recorded_document_is_imported_whole(string file, int stored, int duplicate)
    {
        var result = Take(file);
        Assert.Equal($"{stored + duplicate} = {stored} stored + 0 revised + {duplicate} duplicate + 0 quarantined",
            result.Counts());
        Assert.Equal(stored, Take(file).Duplicate - duplicate);
    }

    [Fact]
    public void Recorded_test_message_reaches_nobody()
    {
        Take("active-2024-12-08-features.json");
        var test = Stored().Single(h => h.Event == "Test Message");
        Assert.Equal(AlertExclusion.NotActual, AlertRules.Judge(test, Everything, test.SentAt));
        Assert.Equal(AlertExclusion.Test, AlertRules.Judge(test with { Status = "Actual" }, Everything, test.SentAt));
    }

    [Theory]
    [InlineData("2025-11-25T17:00:00-06:00", "CAN NotAWarning", "CON None", "NEW Superseded")]
    [InlineData("2025-11-25T16:30:00-06:00", "CAN NotAWarning", "CON None", "NEW Superseded")]
    [InlineData("2025-11-25T16:10:00-06:00", "CAN NotAWarning", "CON NotYetSent", "NEW None")]
    [InlineData("2025-11-25T12:00:00-06:00", "CAN NotAWarning", "CON NotYetSent", "NEW NotYetSent")]
    public void Each_message_of_a_watch_takes_effect_once_it_is_sent(
        string at, params string[] expected)
    {
        Take("zone-history-ALC129-tornado-watch.json");
        var now = Time.Parse(at);
        var life = here.Read(db => ActiveHazards.Between(db, now, 0, long.MaxValue));
        Assert.Equal("KMOB.TO.A.0641.2025", Assert.Single(life.Select(h => h.EventKey).Distinct()));
        Assert.Equal(
            expected,
            life.Select(h => $"{h.VtecAction} {AlertRules.Judge(h, Everything, now)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Fire_zone_never_matches_a_forecast_zone()
    {
        Take("active-2024-12-08-features.json");
        var codes = Stored().Select(h => AlertCodes.Parse(h.Codes))
            .ToList();
        Assert.Equal(750, codes.Sum(c => c.Forecast.Count));
        Assert.Equal(27, codes.Sum(c => c.Fire.Count));
        Assert.Equal(5, codes.Sum(c => c.County.Count));
        Assert.All(codes, c => Assert.Empty(c.Forecast.Intersect(c.Fire)));
    }

    [Fact]
    public void Every_recorded_polygon_covers_its_own_centre()
    {
        Take("active-2026-07-15.json");
        var drawn = Stored().Where(h => h.Polygon is not null).ToList();
        Assert.InRange(drawn.Count, 68, 71);
        foreach (var hazard in drawn)
        {
            var point = Polygons.Prepare(hazard.Polygon!).Geometry.InteriorPoint;
            Assert.True(new HazardArea(hazard).Covers(new Place("p", "c", point.Y, point.X, null, null, null)));
            Assert.False(new HazardArea(hazard).Covers(new Place("p", "c", -point.Y, point.X, null, null, null)));
        }
    }

    private IReadOnlyList<Hazard> Stored() =>
        here.Read(db => ActiveHazards.Between(db, here.Clock.Now(), 0, long.MaxValue));

    private ImportResult Take(string file, [CallerFilePath] string here = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "data", "weather-alerts", "nws-api", file);
        using var stream = File.OpenRead(path);
        return this.here.Import(Import.Alerts, stream, file);
    }
}
