using NodaTime.TimeZones;

namespace ProactiveCare.Notices.Words;

/// <summary>Instants and money in a reader's language.</summary>
public static class Wording
{
    private const char NoBreak = '\u00A0';

    // Symbols that denote one currency for any reader; "$", "kr" or the yen sign denote several.
    private static readonly Dictionary<string, string> PlainSigns =
        new(StringComparer.Ordinal) { ["EUR"] = "€", ["GBP"] = "£" };

    /// <summary>
    /// A day and time as the locale writes them, with the zone that was meant:
    /// <c>Saturday, 14 March 2026, 20:15 (CET)</c>.
    /// </summary>
    public static string Moment(Instant instant, DateTimeZone zone, string locale)
    {
        var culture = CultureOf(locale);
        var there = instant.InZone(zone);
        var local = there.ToDateTimeUnspecified();
        var text = $"{local.ToString("D", culture)}, {local.ToString("t", culture)} ({ZoneName(there)})";
        return text.Replace('\u202F', NoBreak);
    }

    /// <summary>A day as the locale writes it: <c>Samstag, 14. März 2026</c>.</summary>
    public static string Day(LocalDate day, string locale) =>
        day.ToDateTimeUnspecified().ToString("D", CultureOf(locale)).Replace('\u202F', NoBreak);

    /// <summary>An amount with the currency's own decimals. The locale's symbol is used where it denotes one currency
    /// only, otherwise the ISO code: <c>$4.99</c> to an American, <c>USD 4.99</c> to a Canadian.</summary>
    public static string Amount(Money money, string locale)
    {
        var culture = CultureOf(locale);
        var format = (NumberFormatInfo)culture.NumberFormat.Clone();
        var (sign, isCode) = Sign(money.Currency, culture);
        format.CurrencySymbol = sign;
        format.CurrencyDecimalDigits = money.Currency.Exponent;
        // A space separates letters from digits.
        if (isCode) format.CurrencyPositivePattern |= 2;
        var text = Math.Abs(money.Amount).ToString("C", format);
        return (money.Minor < 0 ? format.NegativeSign + text : text).Replace(' ', NoBreak).Replace('\u202F', NoBreak);
    }

    /// <summary>
    /// The culture of a locale such as <c>de-AT</c> or <c>de_AT</c>; its language, else English, when unknown.
    /// </summary>
    public static CultureInfo CultureOf(string locale)
    {
        var name = locale.Replace('_', '-').Trim();
        foreach (var each in new[] { name, name.Split('-')[0] }.Where(each => each.Length > 0))
        {
            try
            {
                return CultureInfo.GetCultureInfo(each, predefinedOnly: true);
            }
            catch (CultureNotFoundException)
            {
                // The next, wider name is tried.
            }
        }
        return CultureInfo.GetCultureInfo("en");
    }

    private static (string Sign, bool IsCode) Sign(Currency currency, CultureInfo culture)
    {
        if (PlainSigns.TryGetValue(currency.Code, out var plain)) return (plain, false);
        if (!culture.IsNeutralCulture && new RegionInfo(culture.Name) is var region
            && region.ISOCurrencySymbol == currency.Code)
            return (culture.NumberFormat.CurrencySymbol, false);
        return (currency.Code, true);
    }

    private static string ZoneName(ZonedDateTime there)
    {
        var name = there.GetZoneInterval().Name;
        // For zones without an abbreviation the zone database repeats the offset.
        return name.Any(char.IsAsciiLetter) ? name : "UTC" + name;
    }
}
