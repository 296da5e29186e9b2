using System.Buffers;
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
    private static readonly SearchValues<byte> OfAmounts = SearchValues.Create("0123456789.+-eE"u8);
    private const long January = 31 * 86_400_000L;
    private static readonly long Earliest = Instant.FromUtc(2000, 2, 1, 0, 0).ToUnixTimeMilliseconds();
    private static readonly JsonDocumentOptions NoTwice = new() { AllowDuplicateProperties = false };

    private readonly long latest = (now + ClockSkew).ToUnixTimeMilliseconds();
    private readonly Dictionary<string, string?> locales = [];
    private readonly Dictionary<string, string?> zones = [];

    /// <summary>The statuses that a customer may have; null for any.</summary>
    public IReadOnlyList<string>? Statuses { get; init; }

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

    /// <summary>A whole number, which programs with floating point only write as 3.0.</summary>
    public static object Count(ReadOnlySpan<byte> field, FieldParsers reading)
    {
        const int Most = 1_000_000;
        if (!TryDouble(field, out var count) || double.IsNaN(count)) return NoNumber(field, "is not a whole number");
        if (count < 0) return Wrong(field, "is negative");
        if (count > Most) return Wrong(field, $"is more than {Most}");
        return count == Math.Truncate(count) ? (long)count : Wrong(field, "is not a whole number");
    }

    /// <summary>The text of an amount, which is parsed when its currency is known.</summary>
    public static object Amount(ReadOnlySpan<byte> field, FieldParsers reading)
    {
        const int MostDigits = 20;
        if (field.ContainsAnyExcept(OfAmounts))
            return NoNumber(field, "is not an amount alone: write it like 4.99, and the currency in its own column");
        return PlainAmount(Encoding.UTF8.GetString(field)) is { Length: <= MostDigits } amount
            ? amount
            : Wrong(field, "has more digits than an amount has");
    }

    /// <summary>True or false, as programs and databases write them.</summary>
    public static object Flag(ReadOnlySpan<byte> field, FieldParsers reading)
    {
        if (field.SequenceEqual("true"u8)) return 1L;
        if (field.SequenceEqual("false"u8)) return 0L;
        return field.Length > 5
            ? Wrong(field, "is not true or false")
            : Encoding.UTF8.GetString(field).ToLowerInvariant() switch
            {
                "true" or "t" or "yes" or "y" or "1" or "1.0" => 1L,
                "false" or "f" or "no" or "n" or "0" or "0.0" => 0L,
                _ => Wrong(field, "is not true or false"),
            };
    }

    public static object Latitude(ReadOnlySpan<byte> field, FieldParsers reading) => Degrees(field, 90);

    public static object Longitude(ReadOnlySpan<byte> field, FieldParsers reading) => Degrees(field, 180);

    /// <summary>Five digits; spreadsheets take the leading zero away.</summary>
    public static object CountyFips(ReadOnlySpan<byte> field, FieldParsers reading) =>
        field.Length is 4 or 5 && !field.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            ? Encoding.UTF8.GetString(field).PadLeft(5, '0')
            : Wrong(field, "is not a county code of five digits, like 08015");

    public static object ForecastZone(ReadOnlySpan<byte> field, FieldParsers reading) =>
        Encoding.UTF8.GetString(field).ToUpperInvariant() is var zone && AreaCodes.IsZone(Encoding.UTF8.GetBytes(zone))
            ? zone
            : Wrong(field, "is not a forecast zone like COZ036");

    public static object CurrencyCode(ReadOnlySpan<byte> field, FieldParsers reading) =>
        Currency.TryOf(Encoding.UTF8.GetString(field).ToUpperInvariant(), out var currency)
            ? currency.Code
            : Wrong(field, "is not a currency: write an ISO 4217 code such as USD or EUR");

    public static object TimeZone(ReadOnlySpan<byte> field, FieldParsers reading) =>
        Known(reading.zones, field, Regional.ZoneOf)
        ?? (object)Wrong(field, "is not a time zone like America/Denver");

    public static object Locale(ReadOnlySpan<byte> field, FieldParsers reading) =>
        Known(reading.locales, field, Regional.LocaleOf) ?? (object)Wrong(field, "is not a locale like en-US");

    /// <summary>One of the company's statuses, when it has set them.</summary>
    public static object Status(ReadOnlySpan<byte> field, FieldParsers reading)
    {
        if (reading.Statuses is not { } known) return Text(field, reading);
        var status = Encoding.UTF8.GetString(field);
        return known.FirstOrDefault(each => each.Equals(status, StringComparison.OrdinalIgnoreCase))
            ?? (object)Wrong(field, $"is not one of {string.Join(", ", known)}: write one of these, or add it to the "
                + "setting Customers:Statuses");
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
        if (IsoInstant.Read(field, out var at) is { } why) return Wrong(field, why);
        if (at < Earliest)
        {
            return Wrong(field, at < Earliest - January
                ? "is before the year 2000"
                : "is in January 2000, where clocks begin that were never set");
        }
        return at > latest ? Wrong(field, tooLate) : at;
    }

    private static object Number(ReadOnlySpan<byte> field, double most, string unit)
    {
        if (!TryDouble(field, out var value)) return NoNumber(field, "is not a number");
        if (value < 0) return Wrong(field, "is negative");
        if (value <= most) return value;
        return IsWord(field)
            ? Wrong(field, "is not a finite number")
            : Wrong(field, FormattableString.Invariant($"is more than {most:F0} {unit}"));
    }

    private static object Degrees(ReadOnlySpan<byte> field, double most)
    {
        if (!TryDouble(field, out var value) || IsWord(field)) return NoNumber(field, "is not a number");
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

    // NaN and Infinity; 1e999 is a number, although too large for a double.
    private static bool IsWord(ReadOnlySpan<byte> field) => !field.ContainsAnyInRange((byte)'0', (byte)'9');

    private static FieldError NoNumber(ReadOnlySpan<byte> field, string what) => Wrong(
        field,
        field.Contains((byte)',') && field.ContainsAnyInRange((byte)'0', (byte)'9')
            ? "has a comma, which is a decimal point to some and a separator to others: write it like 1234.5"
            : what);

    // Money counts decimals: zeros at the end, and exponents as Java writes them, are a matter of form.
    private static string PlainAmount(string text)
    {
        const NumberStyles Exponent =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (text.AsSpan().ContainsAny('e', 'E')
            && decimal.TryParse(text, Exponent, CultureInfo.InvariantCulture, out var value))
            text = value.ToString(CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
    }

    private static string? Known(Dictionary<string, string?> seen, ReadOnlySpan<byte> field, Func<string, string?> find)
    {
        var name = Encoding.UTF8.GetString(field);
        if (seen.TryGetValue(name, out var known)) return known;
        known = find(name);
        if (seen.Count < 1000) seen.Add(name, known);
        return known;
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
