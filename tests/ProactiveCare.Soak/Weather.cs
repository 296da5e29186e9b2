using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;
using ProactiveCare.Demo;

namespace ProactiveCare.Soak;

/// <summary>
/// The recorded storm as one that comes anew every hour: the same messages with other numbers and times, and beside
/// the new warning an update of the one before, which must warn nobody twice.
/// </summary>
internal static class Weather
{
    private static readonly string Recorded = Read();

    public static void Publish(Company company, Instant at, int hour)
    {
        var features = JsonNode.Parse(Recorded)!["features"]!.AsArray();
        var test = features.Last()!.DeepClone();
        var blizzard = features.Single(f => (string)f!["properties"]!["event"]! == "Blizzard Warning")!;
        var published = new JsonArray(New(blizzard, at, hour), Update(blizzard, at, hour), Test(test, at, hour));
        company.Feed.Whole(
            at, "alerts", $"alerts-{hour:0000}.geojson",
            new JsonObject { ["type"] = "FeatureCollection", ["features"] = published }.ToJsonString());
    }

    private static JsonNode New(JsonNode recorded, Instant at, int hour)
    {
        var feature = At(recorded, at, Id(hour, "1"));
        var properties = feature["properties"]!.AsObject();
        properties["messageType"] = "Alert";
        properties["references"] = new JsonArray();
        properties["parameters"]!["VTEC"] = new JsonArray(Code("NEW", at, hour));
        return feature;
    }

    private static JsonNode Update(JsonNode recorded, Instant at, int hour)
    {
        var feature = At(recorded, at, Id(hour - 1, "2"));
        var properties = feature["properties"]!.AsObject();
        properties["messageType"] = "Update";
        properties["references"] = new JsonArray(new JsonObject { ["identifier"] = Id(hour - 1, "1") });
        properties["parameters"]!["VTEC"] = new JsonArray(Code("CON", at - Duration.FromHours(1), hour - 1));
        return feature;
    }

    private static JsonNode Test(JsonNode recorded, Instant at, int hour) => At(recorded, at, Id(hour, "test"));

    private static JsonNode At(JsonNode recorded, Instant at, string id)
    {
        var feature = recorded.DeepClone();
        var properties = feature["properties"]!.AsObject();
        properties["id"] = id;
        properties["onset"] = Time(at + Duration.FromHours(5));
        foreach (var name in new[] { "sent", "effective" }) properties[name] = Time(at);
        foreach (var name in new[] { "expires", "ends" }) properties[name] = Time(at + Duration.FromHours(9));
        return feature;
    }

    private static string Id(int hour, string part) => $"urn:soak:{hour + 1:00000}.{part}";

    private static string Code(string action, Instant at, int hour)
    {
        var (begins, ends) = (Stamp(at + Duration.FromHours(5)), Stamp(at + Duration.FromHours(9)));
        return $"/O.{action}.KGGW.BZ.W.{hour + 1:0000}.{begins}-{ends}/";
    }

    private static string Stamp(Instant at) => at.ToString("yyMMdd'T'HHmm'Z'", CultureInfo.InvariantCulture);

    private static string Time(Instant at) =>
        at.ToString("uuuu-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture);

    private static string Read()
    {
        using var stream = typeof(Company).Assembly.GetManifestResourceStream(
            "ProactiveCare.Demo.storm-2024-12-08.geojson")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
