namespace ProactiveCare.Demo;

/// <summary>A home town; counties and forecast zones are real, so that recorded alerts match them.</summary>
/// <param name="Town">The town.</param>
/// <param name="Latitude">Degrees north.</param>
/// <param name="Longitude">Degrees east.</param>
/// <param name="County">The county's FIPS code; null outside the United States.</param>
/// <param name="Zone">The forecast zone; null where the company does not know it.</param>
internal sealed record Town(
    string Name, double Latitude, double Longitude, string? County = null, string? Zone = null);

/// <summary>A region of the company's network, with the people who live in it.</summary>
/// <param name="Name">As telemetry names it.</param>
/// <param name="TimeZone">The local time zone.</param>
/// <param name="Currency">The currency of prices.</param>
/// <param name="Rental">The price of a film.</param>
/// <param name="Share">Its share of the customers, of 100.</param>
internal sealed record Region(string Name, string TimeZone, string Currency, string Rental, int Share)
{
    public required IReadOnlyList<string> Locales { get; init; }

    public required IReadOnlyList<string> Isps { get; init; }

    public required IReadOnlyList<Town> Towns { get; init; }

    public required NameBook Names { get; init; }
}

/// <summary>The regions that the simulated company serves.</summary>
internal static class Places
{
    public const string Troubled = "us-central";

    public static readonly IReadOnlyList<Region> Regions =
    [
        new(Troubled, "America/Chicago", "USD", "4.99", 34)
        {
            Locales = ["en-US", "en-US", "en-US", "es-US"], Isps = ["Prairie Fiber", "Lakeshore Cable"],
            Names = NameBook.American,
            Towns =
            [
                new("Chicago", 41.85, -87.65, "17031"), new("Minneapolis", 44.98, -93.27, "27053"),
                new("Kansas City", 39.1, -94.58, "29095"), new("Des Moines", 41.6, -93.61, "19153"),
                new("Madison", 43.07, -89.4, "55025"), new("Austin", 30.27, -97.74, "48453"),
            ],
        },
        new("us-east", "America/New_York", "USD", "4.99", 18)
        {
            Locales = ["en-US", "en-US", "es-US"], Isps = ["Harbor Broadband", "Tidewater Net"],
            Names = NameBook.American,
            Towns =
            [
                new("Boston", 42.36, -71.06, "25025"), new("Brooklyn", 40.65, -73.95, "36047"),
                new("Atlanta", 33.75, -84.39, "13121"), new("Bethesda", 38.98, -77.1, "24031"),
            ],
        },
        new("us-west", "America/Los_Angeles", "USD", "4.99", 12)
        {
            Locales = ["en-US"], Isps = ["Cascade Wireless", "Harbor Broadband"], Names = NameBook.American,
            Towns =
            [
                new("Seattle", 47.61, -122.33, "53033"), new("Portland", 45.52, -122.68, "41051"),
                new("Oakland", 37.8, -122.27, "06001"),
            ],
        },
        new("us-mountain", "America/Denver", "USD", "4.99", 12)
        {
            Locales = ["en-US"], Isps = ["High Plains Telephone", "Cascade Wireless"], Names = NameBook.American,
            Towns =
            [
                new("Glendive", 47.11, -104.71, "30021", "MTZ025"), new("Sidney", 47.72, -104.16, "30083", "MTZ024"),
                new("Wibaux", 46.98, -104.19, "30109"), new("Belle Fourche", 44.67, -103.85, "46019", "SDZ012"),
                new("Sturgis", 44.41, -103.51, "46093", "SDZ072"), new("Lead", 44.35, -103.77, "46081", "SDZ024"),
                new("Sundance", 44.41, -104.38, "56011", "WYZ057"), new("Forsyth", 46.27, -106.68, "30087", "MTZ031"),
                new("Denver", 39.74, -104.99, "08031"), new("Salt Lake City", 40.76, -111.89, "49035"),
            ],
        },
        new("europe", "Europe/Berlin", "EUR", "4.49", 12)
        {
            Locales = ["de-DE", "de-DE", "de-AT", "en-GB"], Isps = ["Elbnetz", "Alpenkabel"], Names = NameBook.German,
            Towns =
            [
                new("Hamburg", 53.55, 9.99), new("Leipzig", 51.34, 12.37), new("Köln", 50.94, 6.96),
                new("Wien", 48.21, 16.37),
            ],
        },
        new("mexico", "America/Mexico_City", "MXN", "69.00", 8)
        {
            Locales = ["es-MX"], Isps = ["Red del Valle", "Cable Tapatío"], Names = NameBook.Mexican,
            Towns = [new("Guadalajara", 20.67, -103.35), new("Puebla", 19.04, -98.2), new("Mérida", 20.97, -89.62)],
        },
        new("japan", "Asia/Tokyo", "JPY", "500", 4)
        {
            Locales = ["ja-JP", "en-US"], Isps = ["Inland Sea Net"], Names = NameBook.Japanese,
            Towns = [new("Osaka", 34.69, 135.5), new("Sapporo", 43.06, 141.35)],
        },
    ];
}
