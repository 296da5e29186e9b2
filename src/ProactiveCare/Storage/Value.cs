using NodaTime;

namespace ProactiveCare.Storage;

/// <summary>A value for a parameter of a prepared statement, in the form that a column takes.</summary>
internal readonly struct Value
{
    private Value(string? text) => (Text, IsNull) = (text, text is null);

    private Value(long? number) => (Number, IsNull) = (number ?? 0, number is null);

    public bool IsNull { get; }

    /// <summary>Null when it is a number.</summary>
    public string? Text { get; }

    public long Number { get; }

    public static implicit operator Value(string? text) => new(text);

    public static implicit operator Value(long? number) => new(number);

    public static implicit operator Value(bool flag) => new(flag ? 1 : 0);

    public static implicit operator Value(Instant? instant) => new(instant?.ToUnixTimeMilliseconds());

    public static implicit operator Value(Currency? currency) => new(currency?.Code);

    public static implicit operator Value(Code? code) => new(code?.Text);

    public static implicit operator Value(CustomerId? id) => new(id?.Value);

    public static implicit operator Value(PurchaseId? id) => new(id?.Value);

    public static implicit operator Value(JobId? id) => new(id?.Value);

    public static implicit operator Value(JobVersion? version) => new(version?.Value);

    public static implicit operator Value(ActorId? id) => new(id?.Value);

    public static implicit operator Value(RunId? id) => new(id?.Value);

    public static implicit operator Value(CaseId? id) => new(id?.Value);

    public static implicit operator Value(CreditId? id) => new(id?.Value);

    public static implicit operator Value(NoticeId? id) => new(id?.Value);

    public static implicit operator Value(EntryId? id) => new(id?.Value);
}
