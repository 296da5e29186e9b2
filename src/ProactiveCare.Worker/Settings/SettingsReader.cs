using Microsoft.Extensions.Configuration;
using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Worker.Ingest;
using ProactiveCare.Worker.Shell;

namespace ProactiveCare.Worker.Settings;

/// <summary>What the settings mean, and what they are where nothing is said.</summary>
internal static class SettingsReader
{
    /// <exception cref="UsageException">Some are wrong; the message names them all.</exception>
    public static ProactiveCareSettings Read(IConfiguration given, string workingDirectory)
    {
        var keys = new SettingsKeys(given);
        var company = Company(keys);
        var data = Path.GetFullPath(keys.Text("Data", "data"), workingDirectory);
        var settings = new ProactiveCareSettings
        {
            Data = data,
            Jobs = Path.GetFullPath(keys.Find("Jobs:Folder") ?? keys.Text("Jobs", "jobs"), workingDirectory),
            Company = company,
            ActivateByItself = keys.OneOf("Jobs:Activation", "accept", "auto") == "auto",
            TelemetryRetention = keys.Days("Telemetry:Retention", 90),
            Summary = new SummarySettings(
                keys.TimeOfDay("Summary:At", new LocalTime(7, 0)), keys.Addresses("Summary:To")),
            Urls = Urls(keys),
            Ingest = Ingest(keys),
            Notices = NoticeSection.Read(keys, company, data, workingDirectory),
            Given = given,
        };
        keys.Leave("Logging");
        keys.RefuseOthers();
        return keys.Problems.Count == 0
            ? settings
            : throw new UsageException(
                "The settings are wrong:\n" + string.Join('\n', keys.Problems.Select(p => "  " + p)));
    }

    private static CompanySettings Company(SettingsKeys keys)
    {
        var name = keys.Text("Company:Name", "Our company");
        return new CompanySettings(
            name,
            keys.Zone("Company:TimeZone", DateTimeZone.Utc),
            keys.Address("Company:ReplyTo", name, EmailAddress.Parse("care@example.com", name)));
    }

    private static IngestLimits Ingest(SettingsKeys keys)
    {
        var body = keys.Number("Ingest:LargestBody", 1, 512, (int)(IngestLimits.Usual.LargestBody >> 20));
        var room = keys.Number("Ingest:Room", 2, 4096, (int)(IngestLimits.Usual.Room >> 20));
        if (room < 2 * body) keys.Wrong("Ingest:Room", "must be at least twice Ingest:LargestBody", $"{room}", 0);
        return new IngestLimits((long)body << 20, (long)room << 20);
    }

    private static List<Uri> Urls(SettingsKeys keys)
    {
        var urls = new List<Uri>();
        var text = keys.Text("Http:Urls", "http://127.0.0.1:8080");
        if (text == "none") return urls;
        foreach (var part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Uri.TryCreate(part, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp) urls.Add(url);
            else keys.Wrong("Http:Urls", "must be none, or addresses such as http://127.0.0.1:8080", part, 0);
        }
        return urls;
    }
}
