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
        Assert.Equal(
            "this refund is not taken: with 8.50 USD refunded already, 1.51 USD more would exceed the 10.00 USD paid",
            Give("t", "1.51"));
        Assert.Contains("with 3.00 USD refunded already, 7.01 USD more", Give("r", "7.01"));
        Assert.Equal("revised", Give("r", "7.00"));
        Assert.Equal(1000, Refunded());
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
        Assert.Contains(
            "refunds of it that arrived earlier come to 7.00 USD, more than the 6.99 USD paid", Buy("6.99"));
        Assert.Contains("in another currency", Buy("20.00", currency: "EUR"));
        Assert.Equal("stored", Buy("10.00"));
        Assert.Equal(700, Refunded());
        Assert.Equal("stored", Give("t", "3.00"));
        Assert.Equal(1000, Refunded());
    }

    [Fact]
    public void Promised_amounts_count_as_refunded()
    {
        Buy("10.00");
        here.Write(db => db.Execute("UPDATE purchase SET pending_minor = 500"));
        Assert.Contains("0.00 USD refunded already and 5.00 USD promised", Give("r", "5.01"));
        Assert.Contains(
            "5.00 USD of it is refunded or promised already, more than the new amount of 4.99 USD",
            Buy("4.99"));
        Assert.Contains("its currency cannot become EUR", Buy("10.00", currency: "EUR"));
        Assert.Contains("it is in EUR, the purchase was paid in USD", Give("r", "1.00", currency: "EUR"));
        Assert.Equal("revised", Buy("5.00"));
        Assert.Equal("duplicate", Buy("5.00"));
    }

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
        "SELECT refunded_minor FROM purchase WHERE purchase_id = @id", new { id }));
}
