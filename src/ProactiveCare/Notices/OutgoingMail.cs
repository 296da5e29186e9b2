using NodaTime;

namespace ProactiveCare.Notices;

/// <summary>One mail to one person, whole: what is sent again after a fault is the same to the byte.</summary>
/// <param name="MessageId">
/// With its angle brackets; fixed before the first attempt, the same in every later one.
/// </param>
/// <param name="Date">Fixed when the notice was queued.</param>
/// <param name="From">Who writes.</param>
/// <param name="ReplyTo">Where a person reads answers.</param>
/// <param name="To">The one recipient.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">The text part.</param>
/// <param name="Html">The HTML part.</param>
/// <param name="Language">Content-Language, such as <c>de-AT</c>.</param>
/// <param name="ListId">
/// The kind of notice for mail filters, such as <c>playback.example.com</c>; null for none.
/// </param>
public sealed record OutgoingMail(
    string MessageId,
    Instant Date,
    EmailAddress From,
    EmailAddress ReplyTo,
    EmailAddress To,
    string Subject,
    string Text,
    string Html,
    string Language,
    string? ListId = null)
{
    /// <summary>
    /// From then on the mail is not handed over any more, because somebody else may send it; null for no such moment.
    /// It is looked at as late as can be: a process may stand still anywhere.
    /// </summary>
    public Instant? NotAfter { get; init; }
}
