using System.Text.Json;

namespace ProactiveCare.Telemetry;

/// <summary>One message of the NWS API, read from its GeoJSON feature into the columns of the table.</summary>
/// <param name="Values">In the order of <see cref="Kind"/>.</param>
/// <param name="Earlier">The ids of the messages that it replaces.</param>
internal sealed record AlertMessage(object?[] Values, IReadOnlyList<string> Earlier)
{
    public static readonly Kind Kind = new(Import.Alerts, "alert",
    [
        .. "alert_id event_key event status message_type severity urgency certainty".Split(' ').Select(Plain),
        .. "response event_codes vtec_action vtec_class sent_at onset_at expires_at ends_at".Split(' ').Select(Plain),
        .. "area headline description instruction codes polygon".Split(' ').Select(Plain),
    ])
    {
        Numbered = true,
    };

    private const int LongestText = 20_000;

    // The values allowed by CAP 1.2, which decide whether a message is about a real hazard.
    private static readonly string[] Statuses = ["Actual", "Exercise", "System", "Test", "Draft"];
    private static readonly string[] Types = ["Alert", "Update", "Cancel", "Ack", "Error"];
    private static readonly string[] Severities = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"];
    private static readonly string[] Urgencies = ["Immediate", "Expected", "Future", "Past", "Unknown"];
    private static readonly string[] Certainties = ["Observed", "Likely", "Possible", "Unlikely", "Unknown"];

    /// <exception cref="FormatException">The feature is no alert; the message says why.</exception>
    public static AlertMessage Parse(JsonElement feature, FieldParsers reading)
    {
        if (Member(feature, "properties") is not { ValueKind: JsonValueKind.Object } alert)
            throw new FormatException("it is no GeoJSON feature with properties");
        var id = Needed(alert, "id");
        if (FieldParsers.NoId(Encoding.UTF8.GetBytes(id)) is { } why) throw new FormatException($"id {why}");
        var sent = Moment(alert, "sent", reading, isPast: true) ?? throw new FormatException("sent is empty");
        var vtec = Vtec.Choose(Texts(Member(alert, "parameters"), "VTEC"));
        var geocode = Member(alert, "geocode");
        var codes = AlertCodes.Of(Texts(geocode, "UGC"), Texts(geocode, "SAME"), Texts(alert, "affectedZones"));
        var eventCode = Member(alert, "eventCode");
        var eventCodes = Texts(eventCode, "SAME").Union(Texts(eventCode, "NationalWeatherService"));
        var onset = Moment(alert, "onset", reading) ?? Moment(alert, "effective", reading) ?? sent;
        var key = vtec?.Key(Instant.FromUnixTimeMilliseconds(sent)) ?? id;
        return new AlertMessage(
            [
                id, key, Needed(alert, "event"), OneOf(alert, "status", Statuses),
                OneOf(alert, "messageType", Types), OneOf(alert, "severity", Severities),
                OneOf(alert, "urgency", Urgencies),
                OneOf(alert, "certainty", Certainties), Text(alert, "response"), JsonSerializer.Serialize(eventCodes),
                vtec?.Action, vtec?.Class, sent, onset,
                Moment(alert, "expires", reading), Moment(alert, "ends", reading), Text(alert, "areaDesc") ?? "",
                Text(alert, "headline"), Text(alert, "description"), Text(alert, "instruction"), codes.ToJson(),
                Polygon(feature),
            ],
            [.. References(alert)]);
    }

    private static Column Plain(string name) => new(name, FieldParsers.Text, false, name);

    private static string? Polygon(JsonElement feature)
    {
        if (Member(feature, "geometry") is not { } geometry) return null;
        Polygons.Check(geometry);
        return JsonSerializer.Serialize(geometry);
    }

    private static IEnumerable<string> References(JsonElement alert)
    {
        if (Member(alert, "references") is not { ValueKind: JsonValueKind.Array } references) yield break;
        foreach (var reference in references.EnumerateArray())
        {
            var id = Text(reference, "identifier") ?? Text(reference, "@id")?.Split('/')[^1];
            if (id is not null) yield return id;
        }
    }

    // A hazard may lie in the future, but one years away is an error, and would be stored forever.
    private static long? Moment(JsonElement alert, string name, FieldParsers reading, bool isPast = false)
    {
        if (Text(alert, name) is not { Length: > 0 } text) return null;
        var bytes = Encoding.UTF8.GetBytes(text);
        var read = isPast ? FieldParsers.Moment(bytes, reading) : FieldParsers.Foreseen(bytes, reading);
        return read is FieldError bad ? throw new FormatException($"{name} {bad.Reason}") : (long)read;
    }

    private static string OneOf(JsonElement alert, string name, string[] known)
    {
        var value = Needed(alert, name);
        return known.Contains(value, StringComparer.Ordinal)
            ? value
            : throw new FormatException(
                $"{name} '{HarmlessText.Shown(value)}' is not one of {string.Join(", ", known)}");
    }

    private static string Needed(JsonElement alert, string name) =>
        Text(alert, name) is { Length: > 0 } text ? text : throw new FormatException($"{name} is empty");

    private static string? Text(JsonElement element, string name) => Member(element, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text when !text.ValueEquals("") && text.GetString()!.Contains('\0') =>
            throw new FormatException($"{name} contains a NUL character"),
        { ValueKind: JsonValueKind.String } text => text.GetString() is { Length: <= LongestText } value
            ? value
            : throw new FormatException($"{name} is longer than {LongestText} characters"),
        _ => throw new FormatException($"{name} is not text"),
    };

    private static List<string> Texts(JsonElement? element, string name) =>
        element is { } e && Member(e, name) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.String).Select(i => i.GetString()!)]
            : [];

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var member)
        && member.ValueKind != JsonValueKind.Null
            ? member
            : null;
}
