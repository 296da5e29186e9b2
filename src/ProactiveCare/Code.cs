using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProactiveCare;

/// <summary>
/// A state, reason or kind: one value of a closed list, stored and shown as a short text. The list of a type is what
/// the schema's CHECK, the filters of the command line and the texts for people are compared with.
/// </summary>
/// <param name="text">Lower-case words joined by hyphens.</param>
public abstract class Code(string text)
{
    /// <summary>The stored form.</summary>
    public string Text { get; } = text;

    /// <summary>The stored form.</summary>
    public sealed override string ToString() => Text;

    /// <summary>Whether it is one of some values.</summary>
    public bool IsOneOf(params ReadOnlySpan<Code> some)
    {
        foreach (var one in some)
            if (one == this) return true;
        return false;
    }
}

/// <summary>A code of one type.</summary>
/// <typeparam name="T">The type, whose values are its public static read-only fields.</typeparam>
/// <param name="text">Lower-case words joined by hyphens.</param>
public abstract class Code<T>(string text) : Code(text) where T : Code<T>
{
    /// <summary>All values, in the order of their declaration.</summary>
    internal static IReadOnlyList<T> All { get; } = Codes.List(typeof(T)).Cast<T>().ToList();

    /// <summary>The value of a text; null when there is none.</summary>
    internal static T? Find(string? text) => All.FirstOrDefault(code => code.Text == text);

    /// <summary>The value of a stored text.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    internal static T Parse(string text) => (T)Codes.Parse(typeof(T), text);
}

/// <summary>The codes of any type.</summary>
internal static class Codes
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, Code>> ByText = new();

    /// <summary>Every type of code in the product.</summary>
    public static IEnumerable<Type> Types =>
        typeof(Code).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Code)) && !type.IsAbstract);

    /// <summary>The values of a type; those of a base type that belong to it are among them.</summary>
    public static IEnumerable<Code> List(Type type) => Fields(type).Select(field => field.GetValue(null))
        .OfType<Code>().Where(type.IsInstanceOfType);

    public static Code Parse(Type type, string text) =>
        ByText.GetOrAdd(type, t => List(t).ToDictionary(code => code.Text, StringComparer.Ordinal))
            .GetValueOrDefault(text)
        ?? throw new FormatException(
            $"'{text}' is no {type.Name}: choose from {string.Join(", ", List(type))}.");

    private static System.Reflection.FieldInfo[] Fields(Type type) => type.GetFields(
        System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static
        | System.Reflection.BindingFlags.FlattenHierarchy);
}

/// <summary>Writes and reads codes in JSON as their text.</summary>
internal sealed class CodeConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsSubclassOf(typeof(Code));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert))!;

    private sealed class Converter<T> : JsonConverter<T> where T : Code
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            (T)Codes.Parse(typeof(T), reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Text);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WritePropertyName(value.Text);
    }
}
