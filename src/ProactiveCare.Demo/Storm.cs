namespace ProactiveCare.Demo;

/// <summary>A recorded storm: the messages that the weather service published on that Sunday.</summary>
internal static class Storm
{
    private const string Recorded = "ProactiveCare.Demo.storm-2024-12-08.geojson";

    public static void Approach(Company company)
    {
        using var stream = typeof(Storm).Assembly.GetManifestResourceStream(Recorded)!;
        using var reader = new StreamReader(stream);
        var messages = reader.ReadToEnd();
        // The Test message is published two hours later, so the first look at the feed does not have it yet.
        var end = messages.LastIndexOf(",\n{", StringComparison.Ordinal);
        var first = messages[..end] + "\n]}\n";
        company.Feed.Whole(Company.At(0, 14, 40), "alerts", "2024-12-08/1440-alerts.geojson", first);
        company.Feed.Whole(Company.At(0, 16, 50), "alerts", "2024-12-08/1650-alerts.geojson", messages);
    }
}
