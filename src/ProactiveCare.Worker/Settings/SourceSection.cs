using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Settings;

/// <summary>The section <c>Sources</c>: engines besides the product's own that hold telemetry, by name.</summary>
internal static class SourceSection
{
    public static Sources Read(SettingsKeys keys) => new([.. keys.Below("Sources").Select(name => Source(keys, name))]);

    private static ExternalSource Source(SettingsKeys keys, string name)
    {
        var (connection, lateness) = ($"Sources:{name}:ConnectionString", $"Sources:{name}:Lateness");
        if (name == Detector.Telemetry || !IsName(name))
            keys.Wrong("Sources", "are named with 1 to 64 lower-case letters, digits and hyphens, and not telemetry",
                name, 0);
        if (keys.Find(connection) is null)
            keys.Wrong(connection, "must be given, such as Host=warehouse;Database=telemetry;Username=reader", "", 0);
        return new ExternalSource(
            name, keys.Text(connection, ""), keys.Duration(lateness, ("0s", "7d"), Duration.FromMinutes(10)));
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
