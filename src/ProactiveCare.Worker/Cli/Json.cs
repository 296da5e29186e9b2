using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;

namespace ProactiveCare.Worker.Cli;

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
            new Written<Instant>((writer, value) => writer.WriteStringValue(value.Iso())),
            new Written<LocalDate>(
                (writer, value) => writer.WriteStringValue(NodaTime.Text.LocalDatePattern.Iso.Format(value))),
            new Written<Duration>(
                (writer, value) => writer.WriteStringValue(NodaTime.Text.DurationPattern.JsonRoundtrip.Format(value))),
            new Written<Currency>((writer, value) => writer.WriteStringValue(value.Code)),
            new Written<Money>(WriteMoney),
            new CodeConverter(),
            new Ids(),
            new JsonStringEnumConverter(JsonNamingPolicy.CamelCase),
        },
    };

    public static string Of(object value) => JsonSerializer.Serialize(value, value.GetType(), Options);

    private static void WriteMoney(Utf8JsonWriter writer, Money money)
    {
        writer.WriteStartObject();
        writer.WriteString("amount", money.Decimal);
        writer.WriteString("currency", money.Currency.Code);
        writer.WriteEndObject();
    }

    private sealed class Written<T>(Action<Utf8JsonWriter, T> write) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            throw new NotSupportedException("What --json writes is not read here.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            write(writer, value);
    }

    // The ids of Storage/Ids.cs are small records around one value; they are written as that value.
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
                throw new NotSupportedException("What --json writes is not read here.");

            public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
                JsonSerializer.Serialize(writer, Value.GetValue(value), options);
        }
    }
}
