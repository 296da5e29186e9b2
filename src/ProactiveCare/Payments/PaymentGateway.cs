namespace ProactiveCare.Payments;

/// <summary>A payment requested from a gateway; the same at every attempt.</summary>
/// <param name="Batch">The batch of the payment; 0 where the entry is the payment.</param>
/// <param name="CreditId">The credit.</param>
/// <param name="Key">The idempotency key: a gateway pays a key at most once.</param>
/// <param name="PurchaseId">The purchase to refund; null for a credit to the account.</param>
/// <param name="PaymentRef">The company's reference of the original payment, if known.</param>
/// <param name="AmountMinor">In minor units.</param>
/// <param name="Currency">The currency.</param>
/// <param name="CustomerId">The customer.</param>
/// <param name="CustomerNumber">The customer's number in the books.</param>
/// <param name="IsDebit">Whether it takes an account credit back.</param>
public sealed record Payment(
    long Batch, CreditId CreditId, string Key, PurchaseId? PurchaseId, string? PaymentRef, long AmountMinor,
    Currency Currency, CustomerId CustomerId, long CustomerNumber, bool IsDebit)
{
    /// <summary>The amount.</summary>
    public Money Amount => new(AmountMinor, Currency);
}

/// <summary>Payments that are sent together; numbered and stored before sending.</summary>
public sealed record PaymentBatch(long Number, IReadOnlyList<Payment> Payments);

/// <summary>The status of sending a batch.</summary>
public enum BatchStatus
{
    /// <summary>The gateway has all of it, and has answered or will.</summary>
    Taken,

    /// <summary>The gateway certainly has nothing of it; it is sent again.</summary>
    NotSent,

    /// <summary>It is unknown whether the gateway has it.</summary>
    Unknown,
}

/// <summary>The outcome of sending a batch.</summary>
/// <param name="Status">Whether the gateway has it.</param>
/// <param name="Why">A message for a person, unless it was taken.</param>
public sealed record BatchResult(BatchStatus Status, string? Why = null)
{
    /// <summary>The immediate answers.</summary>
    public IReadOnlyList<PaymentAnswer> Answers { get; init; } = [];
}

/// <summary>A gateway's answer about one payment.</summary>
/// <param name="Line">The line in the document, for messages; 0 outside a document.</param>
/// <param name="CreditId">The credit.</param>
/// <param name="Accepted">Paid, or refused.</param>
/// <param name="Reference">The gateway's own id of the payment.</param>
/// <param name="Reason">The reason of a refusal.</param>
/// <param name="Amount">The amount, when the gateway repeats it.</param>
public sealed record PaymentAnswer(
    int Line, CreditId CreditId, bool Accepted, string? Reference, string? Reason, Money? Amount = null)
{
    /// <summary>The idempotency key, when the gateway repeats it.</summary>
    public string? Key { get; init; }
}

/// <summary>Later answers in one document.</summary>
/// <param name="Batch">The batch that it answers.</param>
/// <param name="Answers">The readable lines.</param>
/// <param name="Acknowledge">Called when the answers are stored, with those that could not be used and why, and whether
/// all of the batch is answered. The gateway does not read the document again until it changes. Returns a problem that
/// needs a person; null when there is none.</param>
public sealed record AnswerDocument(
    long Batch, IReadOnlyList<PaymentAnswer> Answers,
    Func<IReadOnlyList<(int Line, string Problem)>, bool, string?> Acknowledge);

/// <summary>A way to pay. It has no database: <see cref="Settlement"/> selects and stores the payments, sends them, and
/// stores the answers. Every call may be repeated after a crash.</summary>
public interface IPaymentGateway
{
    /// <summary>The name in credits and books: lower-case letters, digits and hyphens.</summary>
    string Name { get; }

    /// <summary>The ledger account of its payments.</summary>
    string Account { get; }

    /// <summary>Its largest batch.</summary>
    int MostPerBatch { get; }

    /// <summary>The gateway's name of a batch, for messages.</summary>
    string NameOf(long batch);

    /// <summary>Whether the ledger entry alone is the payment: then credits are settled in the transaction that selects
    /// them, and <see cref="Send"/> is called only for batches of before.</summary>
    bool PaysByPosting { get; }

    /// <summary>Sends a batch. A repeated call with the same batch has no further effect. An exception other than of
    /// files means that the outcome is unknown.</summary>
    /// <exception cref="IOException">The batch was not sent; it is sent again.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    BatchResult Send(PaymentBatch batch);

    /// <summary>
    /// Looks up a payment with an unknown outcome. A refusal must be final: the key is not paid later. Null while the
    /// gateway does not know it.
    /// </summary>
    PaymentAnswer? LookUp(Payment payment);

    /// <summary>Reads the answers that are not acknowledged yet; the first call of every step.</summary>
    /// <param name="open">The batches that lack answers.</param>
    /// <param name="troubled">Called with problems that need a person; the other documents are read.</param>
    IEnumerable<AnswerDocument> ReadAnswers(IReadOnlyCollection<long> open, Action<string> troubled);

    /// <summary>Reads again what was handed over, in the batches that somebody asks for.</summary>
    /// <param name="wanted">Whether a batch is wanted.</param>
    /// <param name="troubled">Called with what cannot be read.</param>
    IEnumerable<FoundPayment> Find(Func<long, bool> wanted, Action<string> troubled) => [];

    /// <summary>The name of something of a batch above that number, which a database that knows no such batch has lost;
    /// null when there is none.</summary>
    string? NewerThan(long batch) => null;
}

/// <summary>A gateway's decision about a payment.</summary>
public sealed class PaymentStatus : Code<PaymentStatus>
{
    /// <summary>Paid.</summary>
    public static readonly PaymentStatus Accepted = new("accepted");

    /// <summary>Refused permanently.</summary>
    public static readonly PaymentStatus Refused = new("refused");

    private PaymentStatus(string text) : base(text)
    {
    }
}

/// <summary>A batch that its gateway has not answered in full.</summary>
public sealed record UnansweredBatch(long Batch, string Gateway, Instant CreatedAt, long Payments);
