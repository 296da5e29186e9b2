namespace ProactiveCare.Payments;

/// <summary>A payment that a gateway is asked for; the same at every attempt.</summary>
/// <param name="Batch">The batch that it is sent in; 0 where posting is paying.</param>
/// <param name="CreditId">The credit.</param>
/// <param name="Key">The idempotency key: a gateway pays a key at most once.</param>
/// <param name="PurchaseId">The purchase to refund; null for a credit to the account.</param>
/// <param name="PaymentRef">The company's reference of the original payment, when it is known.</param>
/// <param name="AmountMinor">In minor units.</param>
/// <param name="Currency">The currency.</param>
/// <param name="CustomerNumber">The number that stands for the customer in the books.</param>
public sealed record Payment(
    long Batch, CreditId CreditId, string Key, PurchaseId? PurchaseId, string? PaymentRef, long AmountMinor,
    Currency Currency, long CustomerNumber)
{
    /// <summary>The amount.</summary>
    public Money Amount => new(AmountMinor, Currency);
}

/// <summary>Payments that are sent together, numbered and stored before they are.</summary>
public sealed record PaymentBatch(long Number, IReadOnlyList<Payment> Payments);

/// <summary>The outcome of an attempt to send a batch.</summary>
public enum BatchStatus
{
    /// <summary>The gateway has all of it, and has answered or answers later.</summary>
    Taken,

    /// <summary>The gateway certainly has nothing of it; it is sent again.</summary>
    NotSent,

    /// <summary>Nobody knows whether the gateway has it.</summary>
    Unknown,
}

/// <summary>The outcome of sending a batch.</summary>
/// <param name="Status">Whether the gateway has it.</param>
/// <param name="Why">The reason for a person to read, unless it was taken.</param>
public sealed record BatchResult(BatchStatus Status, string? Why = null)
{
    /// <summary>The answers that came at once.</summary>
    public IReadOnlyList<PaymentAnswer> Answers { get; init; } = [];
}

/// <summary>A gateway's answer to one payment.</summary>
/// <param name="Line">The line of the document that says it, for messages; 0 outside a document.</param>
/// <param name="CreditId">The credit.</param>
/// <param name="Accepted">Paid, or refused.</param>
/// <param name="Reference">The gateway's own name for the payment.</param>
/// <param name="Reason">Why it was refused.</param>
/// <param name="Amount">The amount, when the gateway repeats it.</param>
public sealed record PaymentAnswer(
    int Line, CreditId CreditId, bool Accepted, string? Reference, string? Reason, Money? Amount = null);

/// <summary>Answers that came later, in one document.</summary>
/// <param name="Batch">The batch that it answers.</param>
/// <param name="Answers">The lines that can be read.</param>
/// <param name="Acknowledge">
/// Called when the answers are stored, with those that could not be used and why; the gateway does not read the
/// document again. Returns what a person should look at; null when there is nothing.
/// </param>
public sealed record AnswerDocument(
    long Batch, IReadOnlyList<PaymentAnswer> Answers,
    Func<IReadOnlyList<(int Line, string Problem)>, string?> Acknowledge);

/// <summary>
/// A way to pay. It has no database: <see cref="Settlement"/> selects and stores what is to be paid, sends it, and
/// stores the answers. Every call may be repeated after a crash.
/// </summary>
public interface IPaymentGateway
{
    /// <summary>The name in credits and books: lower-case letters, digits and hyphens.</summary>
    string Name { get; }

    /// <summary>The account of the ledger that its payments come from.</summary>
    string Account { get; }

    /// <summary>The largest batch that it takes.</summary>
    int MostPerBatch { get; }

    /// <summary>The gateway's name of a batch, for messages.</summary>
    string NameOf(long batch);

    /// <summary>
    /// Whether a payment is made by its entry in the ledger alone: then <see cref="Send"/> does nothing outside and
    /// accepts all, so credits are settled in the transaction that selects them.
    /// </summary>
    bool PaysByPosting { get; }

    /// <summary>
    /// Hands over a batch. May be called again with the same batch, which has the same effect as once. An exception
    /// other than of files means that the outcome is unknown.
    /// </summary>
    /// <exception cref="IOException">The batch is not handed over; it is sent again.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    BatchResult Send(PaymentBatch batch);

    /// <summary>
    /// Looks up a payment with an unknown outcome. A refusal must be final: the key is not paid later. Null while the
    /// gateway does not know it.
    /// </summary>
    PaymentAnswer? LookUp(Payment payment);

    /// <summary>Reads the answers that came since and are not acknowledged; the first call of every step.</summary>
    /// <param name="troubled">Called with what a person should look at; the other documents are read.</param>
    IEnumerable<AnswerDocument> ReadAnswers(Action<string> troubled);
}
