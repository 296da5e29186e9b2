using System.Buffers;
using System.Text.Json;
using NodaTime.Text;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Notices;

/// <summary>One field of a notice, before a language is chosen.</summary>
public abstract record NoticeValue
{
    private NoticeValue()
    {
    }

    /// <summary>Text used unchanged: a title, a name.</summary>
    public sealed record Words(string Value) : NoticeValue;

    /// <summary>Yes or no, for <c>{{#if}}</c>.</summary>
    public sealed record Flag(bool Value) : NoticeValue;

    /// <summary>An instant, shown in the reader's time zone.</summary>
    public sealed record Moment(Instant Value) : NoticeValue;

    /// <summary>A day without a time.</summary>
    public sealed record Day(LocalDate Value) : NoticeValue;

    /// <summary>An amount of money.</summary>
    public sealed record Sum(Money Value) : NoticeValue;

    /// <summary>A count or measure.</summary>
    public sealed record Number(decimal Value) : NoticeValue;
}

/// <summary>The fields of a notice, by lower-case name. Stored when the notice is queued, and formatted when it is
/// sent: the customer's language and time zone may have changed in between.</summary>
public sealed class NoticeFacts : Dictionary<string, NoticeValue>
{
    /// <summary>No facts yet.</summary>
    public NoticeFacts() : base(StringComparer.Ordinal)
    {
    }

    /// <summary>The facts as scalars in a reader's language, for a template.</summary>
    public Dictionary<string, object> InWords(string locale, DateTimeZone zone)
    {
        var culture = Wording.CultureOf(locale);
        return this.ToDictionary(pair => pair.Key, pair => pair.Value switch
        {
            NoticeValue.Words words => words.Value,
            NoticeValue.Flag flag => (object)flag.Value,
            NoticeValue.Moment moment => Wording.Moment(moment.Value, zone, locale),
            NoticeValue.Day day => Wording.Day(day.Value, locale),
            NoticeValue.Sum sum => Wording.Amount(sum.Value, locale),
            NoticeValue.Number number => number.Value.ToString("#,0.####", culture),
            _ => throw new InvalidOperationException($"The notice value '{pair.Key}' is of no known kind."),
        }, StringComparer.Ordinal);
    }

    /// <summary>The facts in stored form.</summary>
    public string ToJson()
    {
        var text = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(text);
        json.WriteStartObject();
        foreach (var (name, value) in this.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (value is NoticeValue.Words words) json.WriteString(name, words.Value);
            else if (value is NoticeValue.Flag flag) json.WriteBoolean(name, flag.Value);
            else if (value is NoticeValue.Moment moment) Tagged(json, name, "instant", moment.Value.Iso());
            else if (value is NoticeValue.Day day) Tagged(json, name, "day", LocalDatePattern.Iso.Format(day.Value));
            else if (value is NoticeValue.Sum sum) Tagged(json, name, "amount", sum.Value.ToString());
            else if (value is NoticeValue.Number number) json.WriteNumber(name, number.Value);
            else throw new InvalidOperationException($"The notice value '{name}' is of no known kind.");
        }
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>Parses stored facts.</summary>
    /// <exception cref="FormatException">The text is not what <see cref="ToJson"/> writes.</exception>
    public static NoticeFacts FromJson(string json)
    {
        var facts = new NoticeFacts();
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (var property in document.RootElement.EnumerateObject())
                facts[property.Name] = Read(property.Value);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"The stored facts of a notice cannot be read: {e.Message}", e);
        }
        return facts;
    }

    private static void Tagged(Utf8JsonWriter json, string name, string kind, string value)
    {
        json.WriteStartObject(name);
        json.WriteString(kind, value);
        json.WriteEndObject();
    }

    private static NoticeValue Read(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String: return new NoticeValue.Words(element.GetString()!);
            case JsonValueKind.True or JsonValueKind.False: return new NoticeValue.Flag(element.GetBoolean());
            case JsonValueKind.Number: return new NoticeValue.Number(element.GetDecimal());
        }
        var tagged = element.EnumerateObject().Single();
        var text = tagged.Value.GetString()!;
        return tagged.Name switch
        {
            "instant" => new NoticeValue.Moment(Time.Parse(text)),
            "day" => new NoticeValue.Day(LocalDatePattern.Iso.Parse(text).GetValueOrThrow()),
            "amount" => new NoticeValue.Sum(Money.Parse(text)),
            _ => throw new FormatException($"'{tagged.Name}' is no kind of notice value."),
        };
    }
}
