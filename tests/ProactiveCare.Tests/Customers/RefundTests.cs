using Dapper;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests.Telemetry;

namespace ProactiveCare.Tests.Customers;

public sealed class RefundTests : IDisposable
{
    private const string PurchaseHeader = "purchase_id,customer_id,kind,title,amount,currency,purchased_at\n";
    private const string RefundHeader = "refund_id,purchase_id,customer_id,amount,currency,refunded_at,by\n";

    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Fact]
    public void Refund_counts_on_its_purchase_once_and_a_revision_by_the_difference()
    {
        Buy("10.00");
        Assert.Equal("stored", Give("r", "4.00"));
        Assert.Equal("duplicate", Give("r", "4.00"));
        Assert.Equal("stored", Give("s", "3.00"));
        Assert.Equal("revised", Give("r", "5.50"));
        Assert.Equal(850, Refunded());
        Assert.Equal("stored", Give("t", "99.00"));
        Assert.Equal(10750, Refunded());
    }

    [Fact]
    public void Refund_that_is_moved_to_another_purchase_leaves_the_first()
    {
        Buy("10.00");
        Buy("10.00", "q");
        Give("r", "4.00");
        Assert.Equal("revised", Give("r", "6.00", "q"));
        Assert.Equal(0, Refunded());
        Assert.Equal(600, Refunded("q"));
    }

    [Fact]
    public void Refund_that_arrives_before_its_purchase_counts_when_the_purchase_arrives()
    {
        Give("r", "4.00");
        Give("s", "3.00");
        Give("e", "1.00", currency: "EUR");
        Assert.Equal("stored", Buy("6.99"));
        Assert.Equal(700, Refunded());
        Assert.Equal("revised", Buy("6.99", currency: "EUR"));
        Assert.Equal(100, Refunded());
    }

    [Fact]
    public void Promised_amounts_bound_a_revised_purchase_and_no_refund()
    {
        Buy("10.00");
        here.Write(db => db.Execute("UPDATE purchase SET pending_minor = 500"));
        Assert.Equal("stored", Give("r", "5.01"));
        Assert.Contains(
            "5.00 USD of it is refunded or promised already, more than the new amount of 4.99 USD",
            Buy("4.99"));
        Assert.Contains("its currency cannot become EUR", Buy("10.00", currency: "EUR"));
        Assert.Equal("stored", Give("e", "1.00", currency: "EUR"));
        Assert.Equal("revised", Buy("5.00"));
        Assert.Equal("duplicate", Buy("5.00"));
        Assert.Equal(501, Refunded());
    }

    [Theory]
    [InlineData("agent,open", "status is for a dispute")]
    [InlineData("dispute,closed", "status 'closed' is not open, won (the company keeps the money) or lost")]
    [InlineData(" Dispute ,LOST", "stored")]
    [InlineData("chargeback,", "stored")]
    public void Status_is_of_a_dispute(string columns, string outcome) => Assert.Contains(outcome, Import(
        "refunds", RefundHeader.TrimEnd() + ",status\nd,p,c1,1.00,USD,2026-03-14T11:00:00Z," + columns));

    private string Buy(string amount, string id = "p", string currency = "USD") =>
        Import("purchases", PurchaseHeader + $"{id},c1,rental,Film,{amount},{currency},2026-03-14T10:00:00Z");

    private string Give(string id, string amount, string purchase = "p", string currency = "USD") =>
        Import("refunds", RefundHeader + $"{id},{purchase},c1,{amount},{currency},2026-03-14T11:00:00Z,agent Kim");

    private string Import(string kind, string text)
    {
        var result = here.Import(kind, text);
        Assert.Equal(1, result.Received);
        if (result.Quarantined == 1) return result.FirstQuarantined[0].Reason;
        return result.Stored == 1 ? "stored" : result.Revised == 1 ? "revised" : "duplicate";
    }

    private long Refunded(string id = "p") => here.Read(db => db.QuerySingle<long>(
        "SELECT elsewhere_minor FROM purchase WHERE purchase_id = @id", new { id }));
}
