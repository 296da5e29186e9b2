using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using NodaTime;
using NodaTime.Text;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Notices;

namespace ProactiveCare.Worker.Settings;

/// <summary>
/// Reads settings one by one and gathers what is wrong: each problem names the key, what it must be, and what was
/// given. Where a value is wrong the reading goes on with the usual one, so that all problems are found at once.
/// </summary>
internal sealed class SettingsKeys(IConfiguration given)
{
    private static readonly LocalTimePattern TimeOfDayPattern = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    private readonly HashSet<string> known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> problems = [];

    public IReadOnlyList<string> Problems => problems;

    public string? Find(string key)
    {
        known.Add(key);
        return string.IsNullOrWhiteSpace(given[key]) ? null : given[key]!.Trim();
    }

    public string Text(string key, string otherwise) => Find(key) ?? otherwise;

    /// <summary>A path, relative to the folder where the worker was started.</summary>
    public string? PathOf(string key, string workingDirectory) =>
        Find(key) is { } path ? Path.GetFullPath(path, workingDirectory) : null;

    public string OneOf(string key, params string[] choices)
    {
        var text = Text(key, choices[0]);
        return choices.Contains(text, StringComparer.OrdinalIgnoreCase)
            ? text.ToLowerInvariant()
            : Wrong(key, "must be " + string.Join(" or ", choices), text, choices[0]);
    }

    public int Number(string key, int least, int most, int otherwise)
    {
        if (Find(key) is not { } text) return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            && number <= most
            ? number
            : Wrong(key, string.Create(CultureInfo.InvariantCulture, $"must be {least} to {most}"), text, otherwise);
    }

    public Duration Days(string key, int otherwise)
    {
        if (Find(key) is not { } text) return NodaTime.Duration.FromDays(otherwise);
        return text.EndsWith('d')
            && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            && days is >= 1 and <= 36500
                ? NodaTime.Duration.FromDays(days)
                : Wrong(key, "must be 1d to 36500d, in whole days", text,
                    NodaTime.Duration.FromDays(otherwise));
    }

    public Duration Duration(string key, (string Least, string Most) bounds, Duration otherwise)
    {
        if (Find(key) is not { } text) return otherwise;
        try
        {
            return Scalars.Duration(bounds.Least, bounds.Most)(text);
        }
        catch (FormatException)
        {
            return Wrong(key, $"must be {bounds.Least} to {bounds.Most}, such as 90s or 10m", text, otherwise);
        }
    }

    /// <summary>The names of what stands in a section.</summary>
    public IEnumerable<string> Below(string section) => given.GetSection(section).GetChildren().Select(c => c.Key);

    public LocalTime TimeOfDay(string key, LocalTime otherwise)
    {
        if (Find(key) is not { } text) return otherwise;
        var parsed = TimeOfDayPattern.Parse(text);
        return parsed.Success ? parsed.Value : Wrong(key, "must be a time of day from 00:00 to 23:59", text, otherwise);
    }

    public DateTimeZone Zone(string key, DateTimeZone otherwise)
    {
        if (Find(key) is not { } id) return otherwise;
        return DateTimeZoneProviders.Tzdb.GetZoneOrNull(id)
            ?? Wrong(key, "must be a time zone such as Europe/Vienna", id, otherwise);
    }

    public EmailAddress Address(string key, string name, EmailAddress otherwise)
    {
        if (Find(key) is not { } text) return otherwise;
        return TryParse(text, name, out var address, out var problem)
            ? address
            : Wrong(key, "must be an e-mail address", text, otherwise, problem);
    }

    public IReadOnlyList<EmailAddress> Addresses(string key)
    {
        var found = new List<EmailAddress>();
        foreach (var text in List(key))
        {
            if (TryParse(text, "", out var address, out var problem)) found.Add(address);
            else Wrong(key, "must be e-mail addresses", text, 0, problem);
        }
        return found;
    }

    // An address of the company has to work with every mail server.
    private static bool TryParse(
        string text, string name, [NotNullWhen(true)] out EmailAddress? address, out string? problem)
    {
        if (!EmailAddress.TryParse(text, name, out address, out problem)) return false;
        if (address.IsInternational) problem = "Before the @ it may have ASCII only, which every mail server takes.";
        return problem is null;
    }

    /// <summary>A JSON list, numbered keys, or one text with commas.</summary>
    public IReadOnlyList<string> List(string key)
    {
        var line = Find(key)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        var children = given.GetSection(key).GetChildren().ToList();
        foreach (var child in children) known.Add(child.Path);
        return [.. line, .. children.Select(child => child.Value ?? "")];
    }

    public T Wrong<T>(string key, string bound, string value, T otherwise, string? more = null)
    {
        problems.Add($"{key} {bound}; given was '{value}'." + (more is null ? "" : " " + more));
        return otherwise;
    }

    /// <summary>Leaves a section to others.</summary>
    public void Leave(string section)
    {
        foreach (var pair in given.GetSection(section).AsEnumerable()) known.Add(pair.Key);
    }

    /// <summary>Complains of every key that was given and nobody asked for.</summary>
    public void RefuseOthers()
    {
        // A section is no stranger, unless it was given as one value.
        var strangers = given.AsEnumerable()
            .Where(pair => !known.Contains(pair.Key) && (!string.IsNullOrEmpty(pair.Value)
                || !known.Any(k => k.StartsWith(pair.Key + ":", StringComparison.OrdinalIgnoreCase))))
            .Select(pair => pair.Key);
        foreach (var key in strangers.Order(StringComparer.OrdinalIgnoreCase))
        {
            var section = key.Contains(':', StringComparison.Ordinal) ? key[..(key.LastIndexOf(':') + 1)] : "";
            var beside = known.Where(k => k.StartsWith(section, StringComparison.OrdinalIgnoreCase))
                .DefaultIfEmpty("none of this section");
            problems.Add(
                $"{key} is not a setting; there are {string.Join(", ", beside.Order(StringComparer.Ordinal))}.");
        }
    }
}
