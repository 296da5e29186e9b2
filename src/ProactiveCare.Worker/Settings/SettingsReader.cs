using System.Globalization;
using Microsoft.Extensions.Configuration;
using NodaTime;
using NodaTime.Text;
using ProactiveCare.Worker.Shell;

namespace ProactiveCare.Worker.Settings;

/// <summary>Reads settings strictly: every wrong one is named with what it must be and what was given, all at once.</summary>
internal sealed class SettingsReader
{
    // Notices and Payments read sections of their own; the others are the host's.
    private static readonly string[] Sections = ["Logging", "AllowedHosts", "Notices", "Payments"];

    private static readonly string[] Keys =
    [
        "Data", "Jobs", "Jobs:Folder", "Jobs:Activation", "Company", "Company:Name", "Company:TimeZone", "Company:ReplyTo",
        "Telemetry", "Telemetry:Retention", "Summary", "Summary:At", "Summary:To", "Http", "Http:Urls",
    ];

    private readonly IConfiguration given;
    private readonly List<string> wrong = [];

    private SettingsReader(IConfiguration given) => this.given = given;

    public static ProactiveCareSettings Read(IConfiguration given, string workingDirectory)
    {
        var reader = new SettingsReader(given);
        var settings = new ProactiveCareSettings
        {
            Data = Path.GetFullPath(reader.Text("Data", "data"), workingDirectory),
            Jobs = Path.GetFullPath(given["Jobs:Folder"] ?? reader.Text("Jobs", "jobs"), workingDirectory),
            Company = new CompanySettings(
                reader.Text("Company:Name", "Our company"),
                reader.Zone("Company:TimeZone"),
                reader.Address("Company:ReplyTo", "care@example.com")),
            ActivateByItself = reader.OneOf("Jobs:Activation", ["accept", "auto"]) == "auto",
            TelemetryRetention = reader.Days("Telemetry:Retention", 90),
            Summary = new SummarySettings(reader.TimeOfDay("Summary:At", new LocalTime(7, 0)), reader.Addresses("Summary:To")),
            Urls = reader.Urls("Http:Urls", "http://127.0.0.1:8080"),
            Given = given,
        };
        reader.Unknown();
        if (reader.wrong.Count > 0)
            throw new UsageException("The settings are wrong:\n" + string.Join('\n', reader.wrong.Select(w => "  " + w)));
        return settings;
    }

    private string Text(string key, string otherwise) => string.IsNullOrWhiteSpace(given[key]) ? otherwise : given[key]!.Trim();

    private DateTimeZone Zone(string key)
    {
        var id = Text(key, "UTC");
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) is { } zone) return zone;
        Wrong(key, "must be a time zone such as Europe/Vienna", id);
        return DateTimeZone.Utc;
    }

    private string Address(string key, string otherwise)
    {
        var text = Text(key, otherwise);
        if (!IsAddress(text)) Wrong(key, "must be an e-mail address", text);
        return text;
    }

    private List<string> Addresses(string key)
    {
        var list = given.GetSection(key).GetChildren().Select(c => c.Value ?? "").ToList();
        if (given[key] is { } line) list.AddRange(line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        foreach (var text in list.Where(text => !IsAddress(text))) Wrong(key, "must be e-mail addresses", text);
        return list;
    }

    private static bool IsAddress(string text) =>
        text.IndexOf('@') is var at && at > 0 && at == text.LastIndexOf('@') && at < text.Length - 1
        && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is ',' or ';' or '<' or '>');

    private string OneOf(string key, string[] choices)
    {
        var text = Text(key, choices[0]);
        if (choices.Contains(text, StringComparer.Ordinal)) return text;
        Wrong(key, "must be " + string.Join(" or ", choices), text);
        return choices[0];
    }

    private Duration Days(string key, int otherwise)
    {
        var text = Text(key, otherwise.ToString(CultureInfo.InvariantCulture) + "d");
        if (text.EndsWith('d') && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= 36500)
            return Duration.FromDays(days);
        Wrong(key, "must be 1d to 36500d, in whole days", text);
        return Duration.FromDays(otherwise);
    }

    private LocalTime TimeOfDay(string key, LocalTime otherwise)
    {
        if (string.IsNullOrWhiteSpace(given[key])) return otherwise;
        var parsed = LocalTimePattern.CreateWithInvariantCulture("HH:mm").Parse(given[key]!);
        if (parsed.Success) return parsed.Value;
        Wrong(key, "must be a time of day from 00:00 to 23:59", given[key]!);
        return otherwise;
    }

    private List<Uri> Urls(string key, string otherwise)
    {
        var urls = new List<Uri>();
        var text = Text(key, otherwise);
        if (text == "none") return urls;
        foreach (var part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Uri.TryCreate(part, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp) urls.Add(url);
            else Wrong(key, "must be none, or addresses such as http://127.0.0.1:8080", part);
        }
        return urls;
    }

    private void Unknown()
    {
        foreach (var key in given.AsEnumerable().Select(pair => pair.Key).Where(key => !IsKnown(key)).Order(StringComparer.OrdinalIgnoreCase))
        {
            var parent = key.Contains(':', StringComparison.Ordinal) ? key[..key.LastIndexOf(':')] : "";
            var siblings = Keys.Where(k => k.StartsWith(parent, StringComparison.OrdinalIgnoreCase)).DefaultIfEmpty("no other");
            wrong.Add($"{key} is not a setting; there are {string.Join(", ", siblings)}.");
        }
    }

    private static bool IsKnown(string key) =>
        Keys.Contains(key, StringComparer.OrdinalIgnoreCase)
        || Sections.Contains(key.Split(':')[0], StringComparer.OrdinalIgnoreCase)
        || key.StartsWith("Summary:To:", StringComparison.OrdinalIgnoreCase);

    private void Wrong(string key, string bound, string value) => wrong.Add($"{key} {bound}; given was '{value}'.");
}
