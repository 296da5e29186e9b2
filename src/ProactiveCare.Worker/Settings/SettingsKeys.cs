using System.Collections.Frozen;
using Microsoft.Extensions.Configuration;
using NodaTime.Text;
using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Worker.Settings;

/// <summary>The keys of the settings for the key reader, and the parsers that only settings need.</summary>
internal static class SettingsKeys
{
    private static readonly LocalTimePattern TimePattern = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    public static readonly KeyTable Table = new(
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            [""] =
            [
                "AccountCredits", "Company", "Customers", "Data", "Database", "Http", "Import", "Ingest", "Jobs",
                "Logging", "Node", "Notices", "Refunds", "Sources", "Summary", "Telemetry",
            ],
            ["AccountCredits"] = ["TakeBackWithin", "Through"],
            ["Company"] = ["Currency", "Name", "ReplyTo", "TimeZone"],
            ["Customers"] = ["Statuses"],
            ["Database"] = ["ConnectionString", "Provider"],
            ["Http"] = ["Urls"],
            ["Import"] = ["AlarmAbove"],
            ["Ingest"] = ["LargestBody", "Room"],
            ["Jobs"] = ["Activation", "Folder", "Shipped"],
            ["Notices"] =
            [
                "DailyCap", "Dkim", "Domain", "Folder", "From", "HoldUncertain", "Lease", "Locale", "MaxAttempts",
                "QuietFrom", "QuietTo", "Smtp",
            ],
            ["Notices:Dkim"] = ["Domain", "KeyFile", "Selector"],
            ["Notices:Smtp"] =
            [
                "CaFile", "ClientName", "Host", "Password", "Port", "Security", "Sessions", "TokenFile", "User",
            ],
            ["Refunds"] = ["Folder"],
            ["Sources:*"] = ["ConnectionString", "Lateness"],
            ["Summary"] = ["At", "To"],
            ["Telemetry"] = ["Retention"],
        }.ToFrozenDictionary(StringComparer.Ordinal),
        FrozenDictionary<string, string[]>.Empty)
    {
        Separator = ':',
        IsSettings = true,
    };

    public static KeyReader Of(IConfiguration given, Problems problems) =>
        new(new YamlMap(0, [.. given.GetChildren().Select(Entry)]), Table, problems);

    /// <summary>One of the words, ignoring case; the first one is the default.</summary>
    public static string Word(this KeyReader keys, string key, params string[] words) =>
        keys.Or(key, text => Scalars.OneOf(words)(text.ToLowerInvariant()), words[0]);

    public static string? TextOf(this KeyReader keys, string key) => keys.Or<string?>(key, text => text, null);

    /// <summary>A path, relative to the worker's start folder.</summary>
    public static string? PathOf(this KeyReader keys, string key, string workingDirectory) =>
        keys.Or<string?>(key, text => Path.GetFullPath(text, workingDirectory), null);

    public static LocalTime TimeOfDay(string text) => TimePattern.Parse(text) is { Success: true } parsed
        ? parsed.Value
        : throw new FormatException(
            $"must be a time of day from 00:00 to 23:59, but is '{HarmlessText.Shown(text)}'.");

    /// <summary>A parser of a company address, which has to work with every mail server.</summary>
    public static Func<string, EmailAddress> Address(string name) => text =>
        !EmailAddress.TryParse(text, name, out var address, out var problem)
            ? throw new FormatException($"must be an e-mail address: {problem}")
        : address.IsInternational
            ? throw new FormatException("must have only ASCII before the @, which every mail server accepts, but is "
                + $"'{HarmlessText.Shown(text)}'.")
        : address;

    private static (YamlText, YamlValue) Entry(IConfigurationSection section) =>
        (new YamlText(0, section.Key, true, 0, 0), Value(section));

    private static YamlValue Value(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
            return new YamlText(0, section.Value?.Trim() ?? "", string.IsNullOrWhiteSpace(section.Value), 0, 0);
        return children.TrueForAll(child => int.TryParse(child.Key, NumberStyles.None, null, out _))
            ? new YamlList(0, children.ConvertAll(Value))
            : new YamlMap(0, children.ConvertAll(Entry));
    }
}
