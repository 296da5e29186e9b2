using Dapper;
using ProactiveCare.Ledger;
using ProactiveCare.Payments;

namespace ProactiveCare.Tests.Payments;

public sealed class CreditTests : IDisposable
{
    private readonly Paying paying = new();

    public void Dispose() => paying.Dispose();

    [Fact]
    public void Unheld_credit_is_owed_at_once_and_promised_on_its_purchase()
    {
        var id = paying.Create(paying.Refund("4.99"));
        Assert.Equal((CreditState.Approved, null), (paying.Get(id).State, paying.Get(id).HoldReason));
        Assert.Equal((0, 499), paying.Purchase(1));
        Assert.Equal([Paying.Usd("-4.99")], Balance("liability:customers:1"));
        Assert.Equal([Paying.Usd("4.99")], Balance("expense:goodwill:slow-video-stream"));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public void Price_credit_reverses_revenue()
    {
        paying.Create(paying.Refund("4.99") with { Family = Family.Price });
        Assert.Equal([Paying.Usd("4.99")], Balance("contra-revenue:price:slow-video-stream"));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public void Held_credit_is_not_in_the_books_unless_the_law_or_a_contract_owes_it()
    {
        paying.Create(paying.Refund("4.99") with { HoldReason = HoldReason.Approval });
        Assert.Empty(Balance("liability:customers:1"));
        paying.Create(
            paying.AccountCredit("3.00", 2) with { HoldReason = HoldReason.Budget, Entitlement =
                Entitlement.Statutory });
        paying.Create(paying.AccountCredit("3.00", 2) with { HoldReason = HoldReason.Andon, Entitlement =
            Entitlement.Contract });
        Assert.Equal([Paying.Usd("-6.00")], Balance("liability:customers:2"));
        Assert.Empty(paying.Problems());
    }

    [Theory]
    [InlineData("20.01", 1, 1, "20.01 USD is more than purchase p1 has left: 20.00 USD were paid")]
    [InlineData("1.00", 2, 1, "Purchase p1 is not one of customer c2.")]
    [InlineData("1.00", 1, 9, "There is no purchase p9 to refund.")]
    [InlineData("0", 1, 1, "has to be more than nothing")]
    public void Refunds_never_exceed_what_was_paid_by_whom(string amount, int customer, int purchase, string why)
    {
        var credit = paying.Refund(amount, customer) with { PurchaseId = new PurchaseId($"p{purchase}") };
        Assert.Contains(why, Assert.Throws<PaymentException>(() => paying.Create(credit)).Message);
        Assert.Equal((0, 0), paying.Purchase(1));
        Assert.Equal(0, paying.Here.Read(db => db.ExecuteScalar<int>("SELECT COUNT(*) FROM credit")));
    }

    [Fact]
    public void Another_currency_than_the_one_paid_in_is_refused()
    {
        var credit = paying.Refund("1") with { Amount = Money.Parse("1.00 EUR") };
        Assert.Contains(
            "cannot be refunded in EUR", Assert.Throws<PaymentException>(() => paying.Create(credit)).Message);
    }

    [Fact]
    public void Promises_of_several_credits_add_up_and_a_decision_makes_one_credit()
    {
        var first = paying.Refund("15.00");
        paying.Create(first);
        Assert.Throws<PaymentException>(() => paying.Create(paying.Refund("5.01")));
        paying.Create(paying.Refund("5.00"));
        Assert.Equal((0, 2000), paying.Purchase(1));
        Assert.ThrowsAny<Exception>(
            () => paying.Create(first with { PurchaseId = null, Kind = CreditKind.AccountCredit }));
        Assert.Empty(paying.Problems());
    }

    [Theory]
    [InlineData("UPDATE credit SET amount_minor = 1", "never changed")]
    [InlineData("UPDATE credit SET state = 'settling'", "does not go that way")]
    [InlineData("UPDATE credit SET state = 'failed', hold_reason = NULL", "does not go that way")]
    [InlineData("DELETE FROM credit", "never deleted")]
    [InlineData("UPDATE purchase SET refunded_minor = 1600", "never_more_than_was_paid")]
    public void Database_refuses_invalid_changes_of_a_credits_state(string sql, string why)
    {
        paying.Create(paying.Refund("4.99") with { HoldReason = HoldReason.Approval });
        Assert.Contains(why, Assert.ThrowsAny<Exception>(() => paying.Write(db => db.Execute(sql))).Message);
    }

    [Fact]
    public void Lists_and_totals_match_the_credits()
    {
        paying.Create(paying.Refund("4.99") with { HoldReason = HoldReason.Approval, DecideByAt = paying.Now });
        paying.Here.Clock.Advance(TimeSpan.FromHours(1));
        var since = paying.Now;
        var later = paying.Create(paying.AccountCredit("1.00", 2));
        paying.Create(paying.AccountCredit("2.00", 3));
        Assert.Equal(3, List().Count);
        Assert.Equal(later, List(CreditState.Approved, Paying.Job, since)[0].Id);
        Assert.Single(List(CreditState.Pending));
        Assert.Empty(List(null, new JobId("other")));
        Assert.Equal(
            [(CreditState.Approved, 2L, "3.00 USD"), (CreditState.Pending, 1L, "4.99 USD")],
            paying.Here.Read(db => CreditList.Days(
                db, new CreditFilter { Now = paying.Now }, NodaTime.DateTimeZone.Utc))
                .Select(t => (t.State, t.Count, t.Amount.ToString())));
    }

    private IReadOnlyList<Credit> List(CreditState? state = null, JobId? job = null, NodaTime.Instant? since = null) =>
        paying.Here.Read(db => Credits.List(db, state, job, since));

    private IReadOnlyList<Money> Balance(string account) => paying.Here.Read(db => Journal.Balance(db, account));
}
