using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime.Text;

namespace ProactiveCare.Worker.Http.Api;

/// <summary>
/// The form of <c>--json</c>: camelCase, instants in UTC, amounts as decimal strings beside their currency.
/// </summary>
internal static class Json
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters =
        {
            new AsText<Instant>(value => value.Iso(), Time.Parse),
            new AsText<LocalDate>(LocalDatePattern.Iso.Format, text => LocalDatePattern.Iso.Parse(text).Value),
            new AsText<Duration>(
                DurationPattern.JsonRoundtrip.Format, text => DurationPattern.JsonRoundtrip.Parse(text).Value),
            new AsText<Currency>(value => value.Code, Currency.Of),
            new CodeConverter(),
            new Amounts(),
            new Ids(),
            new JsonStringEnumConverter(JsonNamingPolicy.CamelCase),
        },
    };

    /// <summary>For input: every field without a default is required.</summary>
    public static readonly JsonSerializerOptions Strict = new(Options)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static string Of(object value) => JsonSerializer.Serialize(value, value.GetType(), Options);

    private sealed class AsText<T>(Func<T, string> write, Func<string, T> read) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            try
            {
                return read(reader.GetString() ?? "");
            }
            catch (Exception e) when (e is FormatException or UnparsableValueException)
            {
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(write(value));
    }

    private sealed class Amounts : JsonConverter<Money>
    {
        public override Money Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            var parts = JsonSerializer.Deserialize<Dictionary<string, string>>(ref reader, options)!;
            return Money.Parse($"{parts["amount"]} {parts["currency"]}");
        }

        public override void Write(Utf8JsonWriter writer, Money money, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString("amount", money.Decimal);
            writer.WriteString("currency", money.Currency.Code);
            writer.WriteEndObject();
        }
    }

    // An id is a small record around one value, serialised as that value.
    private sealed class Ids : JsonConverterFactory
    {
        public override bool CanConvert(Type type) =>
            type.Namespace == typeof(CaseId).Namespace && ValueOf(type) is not null;

        public override JsonConverter CreateConverter(Type type, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(Id<>).MakeGenericType(type))!;

        private static System.Reflection.PropertyInfo? ValueOf(Type type) =>
            type.IsValueType && type.Name.EndsWith("Id", StringComparison.Ordinal) || type == typeof(JobVersion)
                ? type.GetProperty("Value")
                : null;

        private sealed class Id<T> : JsonConverter<T>
        {
            private static readonly System.Reflection.PropertyInfo Value = ValueOf(typeof(T))!;

            public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
                (T)Activator.CreateInstance(
                    typeof(T), JsonSerializer.Deserialize(ref reader, Value.PropertyType, options))!;

            public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
                JsonSerializer.Serialize(writer, Value.GetValue(value), options);
        }
    }
}
