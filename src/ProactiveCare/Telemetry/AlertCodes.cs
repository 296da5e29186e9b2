using System.Text.Json;

namespace ProactiveCare.Telemetry;

/// <summary>The area codes of an alert, each in its own code space.</summary>
/// <param name="Forecast">UGC of public forecast zones, such as COZ036.</param>
/// <param name="Fire">UGC of fire weather zones, which are other areas than forecast zones of the same number.</param>
/// <param name="County">UGC of counties, such as COC015.</param>
/// <param name="Same">SAME codes, such as 008015.</param>
internal sealed record AlertCodes(
    IReadOnlyList<string> Forecast,
    IReadOnlyList<string> Fire,
    IReadOnlyList<string> County,
    IReadOnlyList<string> Same)
{
    // The country has about 3,200 counties and 4,000 zones.
    private const int Most = 20_000;

    /// <summary>County FIPS codes of all codes that name counties.</summary>
    public IReadOnlyList<string> Counties =>
    [
        .. County.Select(AreaCodes.CountyOfUgc).Concat(Same.Select(AreaCodes.CountyOfSame)).OfType<string>().Distinct(),
    ];

    public static AlertCodes Parse(string json) =>
        JsonSerializer.Deserialize<AlertCodes>(json, JsonSerializerOptions.Web)!;

    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    /// <summary>Sorts an alert's UGC codes by the type in its zone addresses, such as
    /// https://api.weather.gov/zones/fire/COZ290.</summary>
    public static AlertCodes Of(IReadOnlyList<string> ugc, IReadOnlyList<string> same, IReadOnlyList<string> zones)
    {
        var listed = zones.Select(z => z.Split('/')).Where(parts => parts.Length > 1)
            .ToLookup(parts => parts[^2], parts => parts[^1], StringComparer.Ordinal);
        var forecast = listed["forecast"].ToHashSet(StringComparer.Ordinal);
        var fire = listed["fire"].Where(code => !forecast.Contains(code)).ToHashSet(StringComparer.Ordinal);
        var codes = ugc.Concat(zones.Select(z => z.Split('/')[^1])).Where(c => c.Length == 6).Distinct().ToList();
        if (codes.Count + same.Count > Most) throw new FormatException($"it names more than {Most} areas");
        return new AlertCodes(
            codes.FindAll(c => c[2] == 'Z' && !fire.Contains(c)),
            codes.FindAll(c => c[2] == 'Z' && fire.Contains(c)),
            codes.FindAll(c => c[2] == 'C'),
            [.. same.Distinct()]);
    }
}
