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
