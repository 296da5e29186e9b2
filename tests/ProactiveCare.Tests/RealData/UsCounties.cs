namespace ProactiveCare.Tests.RealData;

/// <summary>A made-up home with its customer in each US county, as tests/data/README.md describes.</summary>
public static class UsCounties
{
    private static readonly Dictionary<char, string> TimeZones = new()
    {
        ['E'] = "America/New_York", ['C'] = "America/Chicago", ['M'] = "America/Denver", ['m'] = "America/Phoenix",
        ['P'] = "America/Los_Angeles", ['A'] = "America/Anchorage", ['H'] = "Pacific/Honolulu",
        ['V'] = "America/Puerto_Rico", ['S'] = "Pacific/Pago_Pago", ['G'] = "Pacific/Guam",
    };

    public sealed record Home(
        string Id, string Latitude, string Longitude, string CountyFips, string ForecastZone, string TimeZone,
        string Label);

    public static IReadOnlyList<Home> Read()
    {
        var zones = RecordedData.Rows(RecordedData.File("geo", "nws_public_forecast_zones_2024-03-05.csv"))
            .ToLookup(row => (row["STATE"], row["NAME"]), row => $"{row["STATE"]}Z{row["ZONE"]}");
        return [.. RecordedData.Rows(RecordedData.File("geo", "nws_county_same_2025-03-18.csv"))
            .GroupBy(row => row["FIPS"])
            .Select(rows => rows.FirstOrDefault(row => row["AREA_SAME"] == row["ENTIRESAME"]) ?? rows.First())
            .OrderBy(row => row["FIPS"], StringComparer.Ordinal)
            .Select(row => new Home($"county-{row["FIPS"]}", row["LAT"], row["LON"], row["FIPS"],
                OnlyOne(zones[(row["STATE"], row["COUNTYNAME"])]), TimeZones[row["TIME_ZONE"][0]],
                $"{row["COUNTYNAME"]} {row["STATE"]}"))];
    }

    public static ImportFiles ToImportFiles(IReadOnlyCollection<Home> homes) => new(
        RecordedData.Csv("customer_id,email,name,locale,time_zone,status", homes.Select(home => new[]
            { home.Id, $"{home.Id}@example.com", home.Label, "en-US", home.TimeZone, "active" })),
        Purchases: "",
        Sessions: "",
        RecordedData.Csv("premises_id,customer_id,latitude,longitude,county_fips,forecast_zone,time_zone,label",
            homes.Select(home => new[]
            {
                home.Id, home.Id, home.Latitude, home.Longitude, home.CountyFips, home.ForecastZone, home.TimeZone,
                home.Label,
            })));

    private static string OnlyOne(IEnumerable<string> zones) =>
        zones.Distinct(StringComparer.Ordinal).ToList() is [var zone] ? zone : "";
}
