using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Worker.Settings;

/// <summary>The section <c>Sources</c>: other engines that hold telemetry, by name.</summary>
internal static class SourceSection
{
    public static Sources Read(KeyReader top) => new([.. top.Named("Sources").Select(each => Source(top, each))]);

    private static ExternalSource Source(KeyReader top, (string Name, KeyReader Keys) source)
    {
        if (source.Name == Detector.Telemetry || !Scalars.IsName(source.Name))
            top.Problem("Sources", "are named with 1 to 64 lower-case letters, digits and hyphens, and not telemetry, "
                + $"but one is '{HarmlessText.Shown(source.Name)}'.");
        if (!source.Keys.Has("ConnectionString"))
            source.Keys.Problem(
                "ConnectionString", "must be given, such as Host=warehouse;Database=telemetry;Username=reader.");
        return new ExternalSource(
            source.Name,
            source.Keys.TextOf("ConnectionString") ?? "",
            source.Keys.Or("Lateness", Scalars.Duration("0s", "7d"), Duration.FromMinutes(10)));
    }
}
