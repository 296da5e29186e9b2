using NodaTime;

namespace ProactiveCare.Notices;

/// <summary>What became of one mail; nothing else can.</summary>
public enum SendOutcome
{
    /// <summary>The relay took it, and answers for it from now on.</summary>
    Accepted,

    /// <summary>The relay refused this mail for now.</summary>
    RejectedRetry,

    /// <summary>The relay refused this mail for good.</summary>
    RejectedFinal,

    /// <summary>The mail was surely not handed over.</summary>
    NotSent,

    /// <summary>
    /// The mail may have been taken: the answer to its end was not read (RFC 1047), and nobody can know.
    /// </summary>
    Uncertain,
}

/// <summary>How a send ended.</summary>
/// <param name="Outcome">What became of the mail.</param>
/// <param name="Reply">What the relay said, or what went wrong, in one line.</param>
/// <param name="RelayTrouble">
/// The relay itself refused or failed (connection, greeting, TLS, sign-in): no mail is to blame, and none should be
/// offered to it for a while.
/// </param>
/// <param name="QueueId">The relay's own name for the mail, where it told one.</param>
public sealed record SendResult(SendOutcome Outcome, string Reply, bool RelayTrouble = false, string? QueueId = null)
{
    /// <summary>The mail's time to be handed over had passed.</summary>
    public static SendResult TooLate { get; } = new(
        SendOutcome.NotSent, "Too much of its time was over before the mail was handed over.");

    /// <summary>The mail was stopped by the caller.</summary>
    public static SendResult Stopped { get; } = new(
        SendOutcome.NotSent, "Stopped before the mail was handed over.");
}

/// <summary>A way for mail to leave.</summary>
public interface IMailTransport : IAsyncDisposable
{
    /// <summary>How many mails it carries at the same time, from 1.</summary>
    int Sessions => 1;

    /// <summary>
    /// Sends one mail and says what became of it; faults of mail and network are outcomes, not exceptions. Cancelling
    /// works until the end of the mail is written, and then no more; nor is that end written when the mail's
    /// <see cref="OutgoingMail.NotAfter"/> has come.
    /// </summary>
    Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation);
}

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
