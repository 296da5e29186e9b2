using Dapper;
using ProactiveCare.Ledger;
using ProactiveCare.Payments;

namespace ProactiveCare.Tests.Payments;

public sealed class SettlementTests : IDisposable
{
    private readonly Paying paying = new();

    public void Dispose() => paying.Dispose();

    [Fact]
    public async Task Account_credit_is_settled_and_announced_once()
    {
        var id = paying.Create(paying.AccountCredit("4.99"));
        paying.Create(paying.AccountCredit("1.00", 2) with { HoldReason = HoldReason.Andon });
        var settlement = paying.Settlement(paying.AccountCredits());
        Assert.Equal((0, 1, 0), Counts(await settlement.RunOnce(paying.Here.Store)));
        Assert.Equal((0, 0, 0), Counts(await settlement.RunOnce(paying.Here.Store)));
        Assert.Equal(CreditState.Settled, paying.Get(id).State);
        Assert.Equal([$"{id} settled 4.99 USD"], paying.Notes());
        Assert.Equal([Paying.Usd("-4.99")], paying.Here.Read(db => Journal.Balance(db, Account.Billing)));
        Assert.Equal([Paying.Usd("0")], paying.Here.Read(db => Journal.Balance(db, "liability:customers:1")));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Credit_whose_notice_fails_is_not_paid_and_does_not_stop_the_others()
    {
        var bad = paying.Create(paying.AccountCredit("4.99"));
        var good = paying.Create(paying.AccountCredit("1.00", 2));
        var broken = paying.Events with
        {
            Settled = (db, credit) =>
            {
                if (credit.Id == bad) throw new InvalidOperationException("no notice");
                paying.Events.Settled(db, credit);
            },
        };
        IPaymentGateway[] gateways = [paying.AccountCredits()];
        var report = await new Settlement(gateways, broken, paying.Here.Clock).RunOnce(paying.Here.Store);
        Assert.Equal((0, 1, 0), Counts(report));
        Assert.Contains(
            $"Credit {bad} could not be settled and will be tried again: no notice", Assert.Single(report.Troubles));
        Assert.Equal((CreditState.Approved, CreditState.Settled), (paying.Get(bad).State, paying.Get(good).State));
        Assert.Empty(paying.Problems());
        await new Settlement(gateways, paying.Events, paying.Here.Clock).RunOnce(paying.Here.Store);
        Assert.Equal([$"{good} settled 1.00 USD", $"{bad} settled 4.99 USD"], paying.Notes());
    }

    [Fact]
    public async Task Failing_gateway_does_not_stop_another()
    {
        File.WriteAllText(paying.Here.Folder.Inside("refunds"), "a file where the folder should be");
        paying.Create(paying.Refund("4.99"));
        paying.Create(paying.AccountCredit("1.00", 2));
        IPaymentGateway[] gateways = [paying.RefundFiles(), paying.AccountCredits()];
        var report = await new Settlement(gateways, paying.Events, paying.Here.Clock).RunOnce(paying.Here.Store);
        Assert.Equal((0, 1, 0), Counts(report));
        Assert.Contains("The payment gateway refund-file cannot work", Assert.Single(report.Troubles));
    }

    [Theory]
    [InlineData(
        "UPDATE purchase SET pending_minor = 1 WHERE purchase_id = 'p1'",
        "Purchase p1 says that 0.01 USD are promised")]
    [InlineData("UPDATE purchase SET refunded_minor = 1 WHERE purchase_id = 'p2'", "Purchase p2 says that")]
    [InlineData("DELETE FROM purchase WHERE purchase_id = 'p1'", "Purchase p1 says that 0.00 USD are promised")]
    [InlineData(
        """
        INSERT INTO refund (refund_id, purchase_id, customer_id, amount_minor, currency, refunded_at, given_by,
          counted_minor, content_hash, received_at) VALUES ('r', 'p1', 'c1', 5, 'USD', 0, 'agent', 5, zeroblob(1), 0)
        """,
        "Purchase p1 says that")]
    [InlineData(
        "INSERT INTO budget VALUES ('j', 'live', '2026-03-14', 'USD', 10, 5)",
        "The budget of j for 2026-03-14 says that 0.05 USD")]
    [InlineData("UPDATE credit SET state = 'rejected', hold_reason = NULL WHERE credit_id = 1", "Credit 1 is rejected")]
    [InlineData("UPDATE credit SET state = 'approved', hold_reason = NULL WHERE credit_id = 2", "Credit 2 is approved")]
    [InlineData(
        "UPDATE credit SET customer_number = 3 WHERE credit_id = 1",
        "Credit 1 is approved, so its customer should be owed 4.99 USD")]
    [InlineData("DELETE FROM credit WHERE credit_id = 1", "Entry 1 belongs to a credit that does not exist.")]
    [InlineData(
        "UPDATE credit SET state = 'settling', gateway = 'refund-file', batch = 1 WHERE credit_id = 1",
        "Credit 1 is not what its line")]
    public void Books_check_finds_every_disagreement(string sql, string problem)
    {
        paying.Create(paying.Refund("4.99"));
        paying.Create(paying.AccountCredit("1.00", 2) with { HoldReason = HoldReason.Andon });
        Assert.Empty(paying.Problems());
        ProactiveCare.Tests.Ledger.Books.Tamper(paying.Here, sql);
        Assert.Contains(paying.Problems(), found => found.StartsWith(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Imported_refunds_count_against_their_purchase()
    {
        paying.Elsewhere("r", "5.00");
        Assert.Throws<PaymentException>(() => paying.Create(paying.Refund("15.01")));
        paying.Create(paying.Refund("15.00"));
        Assert.Empty(paying.Problems());
    }

    private static (int Sent, int Settled, int Failed) Counts(SettlementReport report) =>
        (report.Sent, report.Settled, report.Failed);
}
