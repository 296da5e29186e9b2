using System.IO.Hashing;
using System.Text.Json;
using static ProactiveCare.HarmlessText;

namespace ProactiveCare.Telemetry;

/// <summary>Parses the values of one import; errors are worded for the author of the file.</summary>
/// <param name="now">The start of the import; past events are at most <see cref="ClockSkew"/> later.</param>
internal sealed class FieldParsers(Instant now)
{
    /// <summary>The maximum lead of a producer's clock over ours.</summary>
    public static readonly Duration ClockSkew = Duration.FromHours(1);

    /// <summary>The longest accepted viewing, in seconds: 30 days.</summary>
    public const double LongestSeconds = 30 * 86_400;

    /// <summary>The longest text in bytes: a longer one is no title or name, and texts reach mails and cases.</summary>
    public const int LongestText = 1000;

    private const int LongestId = 200;
    private const int LongestJson = 16 << 10;
    private static readonly long Earliest = Instant.FromUtc(2000, 1, 1, 0, 0).ToUnixTimeMilliseconds();
    private static readonly JsonDocumentOptions NoTwice = new() { AllowDuplicateProperties = false };

    private readonly long latest = (now + ClockSkew).ToUnixTimeMilliseconds();
    private readonly Dictionary<string, string?> locales = [];

    public static object Text(ReadOnlySpan<byte> field, FieldParsers reading) =>
        field.Length > LongestText
            ? new FieldError($"is longer than {LongestText} bytes")
            : Encoding.UTF8.GetString(field);

    public static object Id(ReadOnlySpan<byte> field, FieldParsers reading) =>
        NoId(field) is { } why ? new FieldError(why) : Encoding.UTF8.GetString(field);

    /// <summary>The reason why a text is no id; null for an id. Two ids that look the same must be the same.</summary>
    public static string? NoId(ReadOnlySpan<byte> field)
    {
        if (field.Length > LongestId) return $"is longer than {LongestId} bytes";
        if (field is [(byte)' ', ..] or [.., (byte)' ']) return "begins or ends with a space";
        if (!field.ContainsAnyExceptInRange((byte)' ', (byte)'~')) return null;
        foreach (var rune in Encoding.UTF8.GetString(field).EnumerateRunes())
        {
            if (Rune.IsControl(rune)) return "has a control character";
            if (IsUnseen(rune)) return "has a character that cannot be seen, or turns the direction of writing";
        }
        return null;
    }

    /// <summary>The time of a past event.</summary>
    public static object Moment(ReadOnlySpan<byte> field, FieldParsers reading) =>
        At(field, reading.latest, $"is more than {ClockSkew.TotalHours} hour after the time of this import");

    /// <summary>The time of an expected event: up to a year ahead.</summary>
    public static object Foreseen(ReadOnlySpan<byte> field, FieldParsers reading) =>
        At(field, reading.latest + (366L * 86_400_000), "is more than a year after the time of this import");

    public static object Seconds(ReadOnlySpan<byte> field, FieldParsers reading) =>
        Number(field, LongestSeconds, "seconds (30 days)");

    public static object Kilobits(ReadOnlySpan<byte> field, FieldParsers reading) =>
        Number(field, 1e9, "kilobits per second");

    public static object Count(ReadOnlySpan<byte> field, FieldParsers reading)
    {
        const int Most = 1_000_000;
        if (!long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count))
            return Wrong(field, "is not a whole number");
        if (count < 0) return Wrong(field, "is negative");
        return count > Most ? Wrong(field, $"is more than {Most}") : count;
    }

    /// <summary>The text of an amount, which is parsed when its currency is known.</summary>
    public static object Amount(ReadOnlySpan<byte> field, FieldParsers reading) =>
        field.Length > 30 || field.ContainsAnyExceptInRange((byte)' ', (byte)'~')
            ? Wrong(field, "is not an amount")
            : Encoding.UTF8.GetString(field);

    public static object Flag(ReadOnlySpan<byte> field, FieldParsers reading)
    {
        if (field.SequenceEqual("true"u8)) return 1L;
        return field.SequenceEqual("false"u8) ? 0L : Wrong(field, "is not true or false");
    }

    public static object Latitude(ReadOnlySpan<byte> field, FieldParsers reading) => Degrees(field, 90);

    public static object Longitude(ReadOnlySpan<byte> field, FieldParsers reading) => Degrees(field, 180);

    public static object CountyFips(ReadOnlySpan<byte> field, FieldParsers reading) =>
        field.Length == 5 && !field.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            ? Encoding.UTF8.GetString(field)
            : Wrong(field, "is not a county code of five digits, like 08015");

    public static object ForecastZone(ReadOnlySpan<byte> field, FieldParsers reading) =>
        AreaCodes.IsZone(field) ? Encoding.UTF8.GetString(field) : Wrong(field, "is not a forecast zone like COZ036");

    public static object CurrencyCode(ReadOnlySpan<byte> field, FieldParsers reading) =>
        Currency.TryOf(Encoding.UTF8.GetString(field), out var currency)
            ? currency.Code
            : Wrong(field, "is not a currency: write an ISO 4217 code such as USD or EUR");

    public static object TimeZone(ReadOnlySpan<byte> field, FieldParsers reading)
    {
        var id = Encoding.UTF8.GetString(field);
        return DateTimeZoneProviders.Tzdb.Ids.Contains(id)
            ? id
            : Wrong(field, "is not a time zone like America/Denver");
    }

    public static object Locale(ReadOnlySpan<byte> field, FieldParsers reading)
    {
        var name = Encoding.UTF8.GetString(field);
        if (!reading.locales.TryGetValue(name, out var known))
        {
            known = KnownLocale(name);
            if (reading.locales.Count < 1000) reading.locales.Add(name, known);
        }
        return known is null ? Wrong(field, "is not a locale like en-US") : known;
    }

    public static object Email(ReadOnlySpan<byte> field, FieldParsers reading)
    {
        var address = Encoding.UTF8.GetString(field);
        return EmailAddress.IsUsable(address) ? address : Wrong(field, "is not an address that mail can be sent to");
    }

    public static object Json(ReadOnlySpan<byte> field, FieldParsers reading)
    {
        if (field.Length > LongestJson) return new FieldError($"is longer than {LongestJson} bytes");
        try
        {
            using var document = JsonDocument.Parse(field.ToArray(), NoTwice);
            return JsonSerializer.Serialize(document.RootElement);
        }
        catch (JsonException)
        {
            return Wrong(field, "is not valid JSON");
        }
        catch (InvalidOperationException)
        {
            return new FieldError("has text that is not valid Unicode");
        }
    }

    private static object At(ReadOnlySpan<byte> field, long latest, string tooLate)
    {
        if (!IsoInstant.TryRead(field, out var at))
            return Wrong(field, "is not an instant: write ISO 8601 with an offset, like 2026-03-14T20:15:00Z");
        if (at < Earliest) return Wrong(field, "is before the year 2000");
        return at > latest ? Wrong(field, tooLate) : at;
    }

    private static object Number(ReadOnlySpan<byte> field, double most, string unit)
    {
        if (!TryDouble(field, out var value)) return Wrong(field, "is not a number");
        if (!double.IsFinite(value)) return Wrong(field, "is not a finite number");
        if (value < 0) return Wrong(field, "is negative");
        return value > most ? Wrong(field, FormattableString.Invariant($"is more than {most:F0} {unit}")) : value;
    }

    private static object Degrees(ReadOnlySpan<byte> field, double most)
    {
        if (!TryDouble(field, out var value) || !double.IsFinite(value)) return Wrong(field, "is not a number");
        return Math.Abs(value) > most
            ? Wrong(field, FormattableString.Invariant($"is not between -{most:F0} and {most:F0} degrees"))
            : value;
    }

    // Adding zero turns negative zero into zero, so that both have one content.
    private static bool TryDouble(ReadOnlySpan<byte> field, out double value)
    {
        const NumberStyles Plain =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        var read = double.TryParse(field, Plain, CultureInfo.InvariantCulture, out value);
        value += 0.0;
        return read;
    }

    private static string? KnownLocale(string name)
    {
        try
        {
            var plain = name.Length is >= 2 and <= 20 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
            return plain ? CultureInfo.GetCultureInfo(name, predefinedOnly: true).Name : null;
        }
        catch (CultureNotFoundException)
        {
            return null;
        }
    }

    private static FieldError Wrong(ReadOnlySpan<byte> field, string what) =>
        new($"'{Shown(Encoding.UTF8.GetString(field))}' {what}");
}

/// <summary>Parses the fields of one column and returns the same object for the same text: most columns hold few
/// values, and a reused object need neither be collected nor bound again.</summary>
internal sealed class ValueCache(Column column, FieldParsers reading)
{
    private const int Slots = 1024;
    private const int Longest = 64;
    private const int Trial = 4 * Slots;

    private (byte[]? Field, object? Value)[]? seen;
    private int reads;
    private int hits;

    public object? Read(ReadOnlySpan<byte> field)
    {
        // Small files are not worth it, and a column of ids never repeats.
        if (reads < Trial) reads++;
        if (field.Length > Longest || reads < Slots || (reads == Trial && hits < Trial / 4))
            return column.Read(field, reading);
        seen ??= new (byte[]?, object?)[Slots];
        ref var slot = ref seen[XxHash3.HashToUInt64(field) % Slots];
        if (slot.Field is { } known && field.SequenceEqual(known))
        {
            if (reads < Trial) hits++;
            return slot.Value;
        }
        slot = (field.ToArray(), column.Read(field, reading));
        return slot.Value;
    }
}
