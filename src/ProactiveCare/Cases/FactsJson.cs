using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using NodaTime;
using ProactiveCare.Detection;

namespace ProactiveCare.Cases;

/// <summary>Facts as they are stored with a decision and read back for its replay.</summary>
internal static class FactsJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { KeepEvidence } },
        Converters =
        {
            Text(Time.Iso, Time.Parse),
            Text(money => money.ToString(), Money.Parse),
            Text(currency => currency.Code, Currency.Of),
            Text(id => id.Value, text => new CustomerId(text)),
            Text(id => id.Value, text => new PurchaseId(text)),
            Text(id => id.ToString(),
                text => new CaseId(long.Parse(text, System.Globalization.CultureInfo.InvariantCulture))),
        },
    };

    public static string Write(Facts facts) => JsonSerializer.Serialize(facts, Options);

    public static Facts Read(string json) => JsonSerializer.Deserialize<Facts>(json, Options)!;

    // JSON itself: quoted within a quotation it would be nearly twice as long.
    private static void KeepEvidence(JsonTypeInfo type)
    {
        if (type.Type != typeof(Finding)) return;
        foreach (var property in type.Properties)
            if (property.Name == "evidence") property.CustomConverter = new AsItStands();
    }

    private static Converter<T> Text<T>(Func<T, string> write, Func<string, T> read) where T : struct =>
        new(write, read);

    private sealed class AsItStands : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.GetRawText();
        }

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value, skipInputValidation: true);
    }

    private sealed class Converter<T>(Func<T, string> write, Func<string, T> read) : JsonConverter<T> where T : struct
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            read(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(write(value));
    }
}
