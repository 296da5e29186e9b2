using System.Data.Common;
using NodaTime;
using ProactiveCare.Ledger;

namespace ProactiveCare.Payments;

/// <summary>What the steps of a credit mean in the books; each is posted once.</summary>
internal static class Bookings
{
    public static void Owe(DbConnection db, Credit credit, ActorId by, Instant now) =>
        Journal.Post(db, Owed(credit, by), now);

    /// <summary>What <see cref="Owe"/> posts.</summary>
    public static Entry Owed(Credit credit, ActorId by) =>
        Of(credit, new Step("owed", by, credit.CostAccount, Account.Customer(credit.CustomerNumber)));

    public static void Pay(DbConnection db, Credit credit, ActorId by, string from, Instant now) =>
        Post(db, credit, new Step("settled", by, Account.Customer(credit.CustomerNumber), from), now);

    public static void TakeBack(DbConnection db, Credit credit, ActorId by, Instant now) =>
        Post(db, credit, new Step("reversed", by, Account.Customer(credit.CustomerNumber), credit.CostAccount), now);

    private static void Post(DbConnection db, Credit credit, Step step, Instant now) =>
        Journal.Post(db, Of(credit, step), now);

    private static Entry Of(Credit credit, Step step)
    {
        var amount = credit.Amount;
        List<Posting> postings = [new(step.Debit, amount), new(step.Credit, amount with { Minor = -amount.Minor })];
        var memo = $"{credit.Entitlement} {credit.Kind} of {credit.JobId}, case {credit.CaseId}";
        return new Entry($"credit.{step.Name}", $"credit:{credit.Id}:{step.Name}", step.By, memo, postings)
        {
            CaseId = credit.CaseId,
            CreditId = credit.Id,
        };
    }

    private sealed record Step(string Name, ActorId By, string Debit, string Credit);
}
