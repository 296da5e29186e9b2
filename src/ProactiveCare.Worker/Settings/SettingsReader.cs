using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using ProactiveCare.Customers;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Settings;

/// <summary>Reads the settings with their bounds and defaults.</summary>
internal static partial class SettingsReader
{
    private const int LongestNode = 60;
    private const int LongestStatus = 60;

    /// <exception cref="UsageException">Some are wrong; the message names them all.</exception>
    public static ProactiveCareSettings Read(IConfiguration given, string workingDirectory)
    {
        var found = new List<JobProblem>();
        var keys = SettingsKeys.Of(given, new Problems("", found));
        var company = Company(keys.Section("Company"));
        var data = keys.PathOf("Data", workingDirectory) ?? Path.GetFullPath("data", workingDirectory);
        var jobs = keys.Section("Jobs");
        var shipped = jobs.PathOf("Shipped", workingDirectory);
        var named = jobs.PathOf("Folder", workingDirectory);
        var own = named ?? Path.GetFullPath("jobs", workingDirectory);
        var summary = keys.Section("Summary");
        var settings = new ProactiveCareSettings
        {
            Data = data,
            Server = Server(keys.Section("Database")),
            Node = Node(keys),
            Jobs = named is null && shipped is not null && !Directory.Exists(own) ? shipped : own,
            OwnJobs = own,
            ShippedJobs = shipped,
            Company = company,
            ActivateByItself = jobs.Word("Activation", "accept", "auto") == "auto",
            TelemetryRetention =
                keys.Section("Telemetry").Or("Retention", Scalars.Duration("1d", "36500d"), Duration.FromDays(90)),
            Summary = new SummarySettings(
                summary.Or("At", SettingsKeys.TimeOfDay, new LocalTime(7, 0)),
                summary.Many("To", SettingsKeys.Address(""))),
            Urls = Urls(keys.Section("Http")),
            Ingest = Ingest(keys.Section("Ingest")),
            CustomerStatuses = keys.Section("Customers").Many("Statuses", Status) is { Count: > 0 } statuses
                ? statuses
                : CustomerStatuses.Usual,
            SetAsideAlarm = keys.Section("Import").Or("AlarmAbove", Scalars.Percent(0m, 1m), 0.05m),
            Sources = SourceSection.Read(keys),
            Notices = NoticeSection.Read(keys.Section("Notices"), company, data, workingDirectory),
            Refunds = keys.Section("Refunds").PathOf("Folder", workingDirectory) ?? Path.Combine(data, "refunds"),
            BillingReadsLedger = keys.Section("AccountCredits").Word("Through", "file", "ledger") == "ledger",
            TakeBackWithin = keys.Section("AccountCredits").Or<Duration?>(
                "TakeBackWithin", text => Scalars.Duration("1d", "3650d")(text), null),
            Given = given,
        };
        return found.Count == 0
            ? settings
            : throw new UsageException(
                "The settings are wrong:\n" + string.Join('\n', found.Select(p => $"  {p.Key} {p.Message}")));
    }

    private static string Status(string text) => text is { Length: > 0 and <= LongestStatus } && text == text.Trim()
        ? text
        : throw new FormatException(
            $"must be texts of up to {LongestStatus} characters, but one is '{HarmlessText.Shown(text)}'.");

    private static PostgresServer? Server(KeyReader keys)
    {
        var isServer = keys.Word("Provider", "sqlite", "postgresql") == "postgresql";
        var connection = keys.TextOf("ConnectionString");
        if (isServer && connection is null)
        {
            keys.Problem(
                "ConnectionString",
                "must be given for PostgreSql, such as Host=db;Database=care;Username=care.");
        }
        if (!isServer && connection is not null)
            keys.Problem("Provider", "must be PostgreSql where a connection string is given.");
        if (connection is null || !isServer) return null;
        if (PostgresServer.IsConnection(connection)) return new PostgresServer(connection);
        // The value may hold a password, so it is not repeated.
        keys.Problem("ConnectionString", "must be of the form Host=db;Database=care;Username=care.");
        return null;
    }

    // Two workers on one machine differ, and so does a restarted worker from the one before it.
    private static string Node(KeyReader keys)
    {
        var machine = NodeCharacters().Replace(Environment.MachineName, "-");
        return keys.Or("Node", Name, string.Create(
            CultureInfo.InvariantCulture, $"{machine[..Math.Min(40, machine.Length)]}-{Environment.ProcessId}"));

        static string Name(string text) => text.Length <= LongestNode && !NodeCharacters().IsMatch(text)
            ? text
            : throw new FormatException(
                $"must be 1 to 60 letters, digits, dots and hyphens, but is '{HarmlessText.Shown(text)}'.");
    }

    private static CompanySettings Company(KeyReader keys)
    {
        var name = keys.TextOf("Name") ?? "Our company";
        return new CompanySettings(
            name,
            keys.Or("TimeZone", Scalars.Zone, DateTimeZone.Utc),
            keys.Or("ReplyTo", SettingsKeys.Address(name), EmailAddress.Parse("care@example.com", name)),
            keys.Or<Currency?>("Currency", text => Currency.Of(text.ToUpperInvariant()), null));
    }

    private static IngestLimits Ingest(KeyReader keys)
    {
        var body = keys.Or("LargestBody", Scalars.Whole(1, 512), (int)(IngestLimits.Usual.LargestBody >> 20));
        var room = keys.Or("Room", Scalars.Whole(2, 4096), (int)(IngestLimits.Usual.Room >> 20));
        if (room < 2 * body)
            keys.Problem("Room", $"must be at least twice Ingest:LargestBody, but is '{room}'.");
        return new IngestLimits((long)body << 20, (long)room << 20);
    }

    private static Uri[] Urls(KeyReader keys) => keys.Or<Uri[]>(
        "Urls",
        text => text == "none" ? [] :
        [
            .. text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Url),
        ],
        [new Uri("http://127.0.0.1:8080")]);

    private static Uri Url(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp
            ? url
            : throw new FormatException(
                $"must be none, or addresses such as http://127.0.0.1:8080, but is '{HarmlessText.Shown(text)}'.");

    [GeneratedRegex("[^A-Za-z0-9.-]", RegexOptions.None, 1000)]
    private static partial Regex NodeCharacters();
}
