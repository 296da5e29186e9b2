namespace ProactiveCare.Notices.Words;

/// <summary>
/// What every notice must say, marked by its author with a comment before the paragraph that says it.
/// </summary>
/// <param name="Label">The comment.</param>
/// <param name="Value">The placeholder that the paragraph must hold; null when words are enough.</param>
/// <param name="MoneyOnly">
/// Whether only a notice about money needs the part (or, for the value, the placeholder).
/// </param>
internal sealed record NoticePart(string Label, string? Value, bool MoneyOnly)
{
    public static readonly NoticePart[] All =
    [
        new("what happened", null, false),
        new("when", "when", false),
        new("what we did", "amount", false),
        new("what you must do", null, false),
        new("when the money arrives", "arrives", true),
        new("how to disagree", "reply_to", false),
    ];

    public bool IsNeeded(NoticeEvent kind) => !MoneyOnly || kind.IsMoney();

    /// <summary>What we did is an amount only where there is one.</summary>
    public string? ValueFor(NoticeEvent kind) => Value == "amount" && !kind.IsMoney() ? null : Value;

    public static bool IsLabel(string comment) => All.Any(part => part.Label == Normal(comment));

    public static string Normal(string comment) =>
        string.Join(' ', comment.ToLowerInvariant().Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
