using System.Collections.Frozen;
using NodaTime.TimeZones;

namespace ProactiveCare.Telemetry;

/// <summary>Names of time zones and locales in the forms that operating systems and programs use.</summary>
internal static class Regional
{
    private static readonly Lazy<FrozenDictionary<string, string>> Zones = new(() =>
    {
        var zones = DateTimeZoneProviders.Tzdb.Ids.Order(StringComparer.Ordinal)
            .ToLookup(id => id, id => id, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.OrdinalIgnoreCase);
        foreach (var (windows, id) in TzdbDateTimeZoneSource.Default.WindowsMapping.PrimaryMapping)
            zones.TryAdd(windows, id);
        return zones.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    });

    /// <summary>The IANA name of a zone, whatever its case, or its name on Windows; null when there is none.</summary>
    public static string? ZoneOf(string name) =>
        Zones.Value.GetValueOrDefault(name) ?? Zones.Value.GetValueOrDefault(name.Replace(' ', '_'));

    /// <summary>The locale as .NET calls it, from de-AT, de_AT or de_AT.UTF-8; null when there is none.</summary>
    public static string? LocaleOf(string name)
    {
        var plain = name.Split('.', '@')[0].Replace('_', '-');
        if (plain.Length is < 2 or > 20 || !plain.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')) return null;
        try
        {
            return CultureInfo.GetCultureInfo(plain, predefinedOnly: true).Name;
        }
        catch (CultureNotFoundException)
        {
            return null;
        }
    }
}
