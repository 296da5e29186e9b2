namespace ProactiveCare.Payments.Gateways.AccountCredit;

/// <summary>Puts credits on customers' accounts. Billing reads them from the ledger, so the entry is the payment: a
/// credit is approved and settled in one transaction.</summary>
public sealed class AccountCreditGateway : IPaymentGateway
{
    /// <inheritdoc/>
    public string Name => "account-credit";

    /// <inheritdoc/>
    public string Account => ProactiveCare.Ledger.Account.Billing;

    /// <inheritdoc/>
    public int MostPerBatch => 2000;

    /// <inheritdoc/>
    public bool PaysByPosting => true;

    /// <inheritdoc/>
    public string NameOf(long batch) => "the ledger";

    /// <inheritdoc/>
    public BatchResult Send(PaymentBatch batch) => new(BatchStatus.Taken)
    {
        Answers = [.. batch.Payments.Select(payment => new PaymentAnswer(0, payment.CreditId, true, null, null))],
    };

    /// <inheritdoc/>
    public PaymentAnswer? LookUp(Payment payment) => null;

    /// <inheritdoc/>
    public IEnumerable<AnswerDocument> ReadAnswers(Action<string> troubled) => [];
}
