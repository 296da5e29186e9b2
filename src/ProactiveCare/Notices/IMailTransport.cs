namespace ProactiveCare.Notices;

/// <summary>The outcome of one mail; the list is complete.</summary>
public enum SendOutcome
{
    /// <summary>The relay accepted it, and is responsible for it.</summary>
    Accepted,

    /// <summary>The relay refused this mail temporarily.</summary>
    RejectedRetry,

    /// <summary>The relay refused this mail permanently.</summary>
    RejectedFinal,

    /// <summary>The mail was certainly not handed over.</summary>
    NotSent,

    /// <summary>The mail may have been accepted: the reply to its end was not read (RFC 1047).</summary>
    Uncertain,
}

/// <summary>The result of a send.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Reply">The relay's reply, or the error, on one line.</param>
/// <param name="RelayTrouble">The relay itself refused or failed (connection, greeting, TLS, sign-in): it counts
/// against no mail, and no mail should be offered for a while.</param>
/// <param name="QueueId">The relay's own id of the mail, where it reported one.</param>
public sealed record SendResult(SendOutcome Outcome, string Reply, bool RelayTrouble = false, string? QueueId = null)
{
    /// <summary>The mail's deadline had passed.</summary>
    public static SendResult TooLate { get; } = new(
        SendOutcome.NotSent, "Too much of its time was over before the mail was handed over.");

    /// <summary>The mail was cancelled by the caller.</summary>
    public static SendResult Stopped { get; } = new(
        SendOutcome.NotSent, "Stopped before the mail was handed over.");
}

/// <summary>A transport for mail.</summary>
public interface IMailTransport : IAsyncDisposable
{
    /// <summary>The number of mails that it sends in parallel, from 1.</summary>
    int Sessions => 1;

    /// <summary>The mails that it keeps, for a database that was restored; none where a relay has them.</summary>
    IEnumerable<KeptMail> Kept => [];

    /// <summary>The Message-IDs of the mails that it keeps, as far as their names tell.</summary>
    IEnumerable<string> KeptIds => [];

    /// <summary>Sends one mail and returns its outcome; errors of mail and network are outcomes, not exceptions.
    /// Cancellation works until the end of the mail is written; that end is not written after the mail's
    /// <see cref="OutgoingMail.NotAfter"/>.</summary>
    Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation);
}

/// <summary>A mail that a transport keeps.</summary>
/// <param name="MessageId">With its angle brackets.</param>
/// <param name="Date">Its date.</param>
/// <param name="EventId">What it tells whom; null when it does not say.</param>
/// <param name="To">The recipient.</param>
/// <param name="Subject">The subject.</param>
public sealed record KeptMail(string MessageId, Instant Date, string? EventId, string To, string Subject);

/// <summary>One mail to one person; a retry sends the same bytes.</summary>
/// <param name="MessageId">
/// With its angle brackets; fixed before the first attempt, the same in every later one.
/// </param>
/// <param name="Date">Fixed when the notice was queued.</param>
/// <param name="From">The sender.</param>
/// <param name="ReplyTo">The address that a person reads.</param>
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
    /// <summary>The time after which the mail is not handed over, because another node may send it; null for none. It
    /// is checked as late as possible: a process may pause anywhere.</summary>
    public Instant? NotAfter { get; init; }

    /// <summary>The hash of its event and reader, the same in a restored database; null for none.</summary>
    public string? EventId { get; init; }
}
