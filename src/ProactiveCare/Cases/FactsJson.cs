using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>Facts as they are stored with a decision and read back for its replay.</summary>
internal static class FactsJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
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

    private static Converter<T> Text<T>(Func<T, string> write, Func<string, T> read) where T : struct =>
        new(write, read);

    private sealed class Converter<T>(Func<T, string> write, Func<string, T> read) : JsonConverter<T> where T : struct
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            read(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(write(value));
    }
}
