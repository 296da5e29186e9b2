using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using NodaTime;
using ProactiveCare.Detection;

namespace ProactiveCare.Cases;

/// <summary>Everything a decision may know, gathered before it and stored with it, so that it can be
/// replayed.</summary>
public sealed record Facts
{
    /// <summary>The finding.</summary>
    public required Finding Finding { get; init; }

    /// <summary>The moment of the decision.</summary>
    public required Instant Now { get; init; }

    /// <summary>The customer; null when not arrived.</summary>
    public CustomerFacts? Customer { get; init; }

    /// <summary>The purchase of the finding; null when it has none or it has not arrived.</summary>
    public PurchaseFacts? Purchase { get; init; }

    /// <summary>The case that already cares for the same service event, of another job or subject.</summary>
    public CaseId? CaredForBy { get; init; }

    /// <summary>A refund of the purchase that somebody else gave after it happened.</summary>
    public GivenElsewhere? GivenElsewhere { get; init; }

    /// <summary>Where the case falls between 0 and 1, drawn once from its key; below the hold-out share it is held
    /// out.</summary>
    public required decimal Draw { get; init; }

    /// <summary>Whether the customer contacted us since it happened.</summary>
    public required bool Contacted { get; init; }

    /// <summary>When a held-out case was opened; null when the case is new.</summary>
    public Instant? HeldOutAt { get; init; }

    /// <summary>The sum of earlier decisions of the case, in minor units.</summary>
    public required long Given { get; init; }

    /// <summary>How many credits the customer got from the job within its limit's time.</summary>
    public required int RecentCredits { get; init; }

    /// <summary>Whether the andon of the job is pulled.</summary>
    public required bool Andon { get; init; }

    /// <summary>Whether the day's budget took the amount; null while it has not been asked.</summary>
    public bool? BudgetReserved { get; init; }
}

/// <summary>Facts about a customer.</summary>
/// <param name="Number">The number that stands for them in the books.</param>
/// <param name="Status">Such as <c>active</c>.</param>
/// <param name="Plan">The subscription.</param>
/// <param name="Currency">The currency of their charges.</param>
public sealed record CustomerFacts(long Number, string Status, string? Plan, Currency? Currency);

/// <summary>Facts about a purchase.</summary>
/// <param name="CustomerId">Who bought it.</param>
/// <param name="Kind">Such as <c>rental</c>.</param>
/// <param name="Title">The title.</param>
/// <param name="Paid">The price paid.</param>
/// <param name="Returned">The sum refunded or promised, by anyone.</param>
public sealed record PurchaseFacts(CustomerId CustomerId, string Kind, string Title, Money Paid, Money Returned)
{
    /// <summary>The rest that can still be refunded.</summary>
    public Money Left => Paid - Returned;
}

/// <summary>A refund that somebody else gave.</summary>
/// <param name="By">Who, as imported; <c>dispute</c> is a chargeback.</param>
/// <param name="At">When.</param>
public sealed record GivenElsewhere(string By, Instant At);

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
