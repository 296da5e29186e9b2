using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Settings;

/// <summary>What the settings mean, and what they are where nothing is said.</summary>
internal static partial class SettingsReader
{
    private const int LongestNode = 60;

    /// <exception cref="UsageException">Some are wrong; the message names them all.</exception>
    public static ProactiveCareSettings Read(IConfiguration given, string workingDirectory)
    {
        var keys = new SettingsKeys(given);
        var company = Company(keys);
        var data = Path.GetFullPath(keys.Text("Data", "data"), workingDirectory);
        var settings = new ProactiveCareSettings
        {
            Data = data,
            Server = Server(keys),
            Node = Node(keys),
            Jobs = Path.GetFullPath(keys.Find("Jobs:Folder") ?? keys.Text("Jobs", "jobs"), workingDirectory),
            Company = company,
            ActivateByItself = keys.OneOf("Jobs:Activation", "accept", "auto") == "auto",
            TelemetryRetention = keys.Days("Telemetry:Retention", 90),
            Summary = new SummarySettings(
                keys.TimeOfDay("Summary:At", new LocalTime(7, 0)), keys.Addresses("Summary:To")),
            Urls = Urls(keys),
            Ingest = Ingest(keys),
            Sources = SourceSection.Read(keys),
            Notices = NoticeSection.Read(keys, company, data, workingDirectory),
            Refunds = Path.GetFullPath(
                keys.Text("Refunds:Folder", Path.Combine(data, "refunds")), workingDirectory),
            Given = given,
        };
        keys.Leave("Logging");
        keys.RefuseOthers();
        return keys.Problems.Count == 0
            ? settings
            : throw new UsageException(
                "The settings are wrong:\n" + string.Join('\n', keys.Problems.Select(p => "  " + p)));
    }

    private static PostgresServer? Server(SettingsKeys keys)
    {
        var isServer = keys.OneOf("Database:Provider", "sqlite", "postgresql") == "postgresql";
        var connection = keys.Find("Database:ConnectionString");
        if (isServer && connection is null)
        {
            keys.Wrong(
                "Database:ConnectionString",
                "must be given for PostgreSql, such as Host=db;Database=care;Username=care", "", 0);
        }
        if (!isServer && connection is not null)
            keys.Wrong("Database:Provider", "must be PostgreSql where a connection string is given", "Sqlite", 0);
        if (connection is null || !isServer) return null;
        // It may hold a password, so what was given is not said.
        return ServerWords.IsConnection(connection)
            ? new PostgresServer(connection)
            : keys.Wrong<PostgresServer?>(
                "Database:ConnectionString", "must be of the form Host=db;Database=care;Username=care", "another",
                null);
    }

    // Two on one machine differ, and so does a worker from the one before it.
    private static string Node(SettingsKeys keys)
    {
        var machine = NodeCharacters().Replace(Environment.MachineName, "-");
        var usual = string.Create(
            CultureInfo.InvariantCulture, $"{machine[..Math.Min(40, machine.Length)]}-{Environment.ProcessId}");
        var text = keys.Text("Node", usual);
        return text.Length <= LongestNode && !NodeCharacters().IsMatch(text)
            ? text
            : keys.Wrong("Node", "must be 1 to 60 letters, digits, dots and hyphens", text, usual);
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

    [GeneratedRegex("[^A-Za-z0-9.-]", RegexOptions.None, 1000)]
    private static partial Regex NodeCharacters();
}
