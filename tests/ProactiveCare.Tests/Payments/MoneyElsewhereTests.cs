using Dapper;
using ProactiveCare.Ledger;
using ProactiveCare.Payments;

namespace ProactiveCare.Tests.Payments;

/// <summary>Refunds and disputes that others report, against credits in every state.</summary>
public sealed class MoneyElsewhereTests : IDisposable
{
    private const string Today = "2026-03-14";

    private readonly Paying paying = new();

    public void Dispose() => paying.Dispose();

    [Theory]
    [InlineData("pending")]
    [InlineData("approved")]
    [InlineData("failed")]
    [InlineData("settling")]
    [InlineData("settled")]
    [InlineData("rejected")]
    [InlineData("reversed")]
    public async Task Fact_is_stored_and_a_credit_that_has_not_left_yields_by_its_amount(string state)
    {
        foreach (var given in (string[])["0.01", "4.99", "5.00", "20.00", "20.01"])
            foreach (var by in (string[])["agent", "dispute,lost"])
            {
                using var world = new Paying();
                var id = await world.InState(state, "4.99", Today);
                Assert.Equal("stored", world.Elsewhere("r1", given, by));
                var (elsewhere, credit) = (Paying.Usd(given), world.Get(id));
                var waits = state is "pending" or "approved" or "failed";
                var left = state is "settling" or "settled";
                var less = waits ? Money.Min(elsewhere, Paying.Usd("4.99")) : Paying.Usd("0");
                var none = less == Paying.Usd("4.99");
                var then = !none ? state : state == "pending" ? "rejected" : "reversed";
                Assert.Equal(then, credit.State.Text);
                if (!none) Assert.Equal(Paying.Usd("4.99") - less, credit.Amount);
                var rest = elsewhere - less;
                var gone = left ? Paying.Usd("4.99") : Paying.Usd("0");
                var excess = elsewhere + gone - Paying.Usd("20.00");
                var twice = Math.Min(rest.Minor, Math.Max(gone.Minor, Math.Max(0, excess.Minor)));
                Assert.Equal(twice, world.Twice());
                Assert.Equal("duplicate", world.Elsewhere("r1", given, by));
                Assert.Equal(twice, world.Twice());
                Assert.Empty(world.Problems());
                Assert.Equal(credit.State.IsOneOf(CreditState.Rejected, CreditState.Reversed) ? 0
                    : credit.AmountMinor, world.Reserved(Today));
            }
    }

    [Theory]
    [InlineData("won", "approved", null)]
    [InlineData("lost", "reversed", "reversed")]
    public async Task Dispute_holds_a_credit_until_a_row_closes_it(string end, string then, string? approved)
    {
        var approvedCredit = paying.Create(paying.Refund("4.99"));
        var pending = paying.Create(paying.Refund("4.00") with { HoldReason = HoldReason.Approval });
        Assert.Equal("stored", paying.Elsewhere("d1", "20.00", "Chargeback"));
        paying.Write(db => Approvals.Approve(db, pending, Paying.By(paying.Ann), null, paying.Now));
        await paying.Settle();
        Assert.All([approvedCredit, pending], id => Assert.True(paying.Get(id) is
            { WaitsFor: "dispute", State.Text: "approved" }));
        Assert.Empty(Directory.GetFiles(paying.Inside("out")));

        Assert.Equal("revised", paying.Elsewhere("d1", "20.00", $"Chargeback,{end.ToUpperInvariant()}"));
        Assert.Equal(CreditState.Parse(then), paying.Get(pending).State);
        Assert.Equal(CreditState.Parse(approved ?? then), paying.Get(approvedCredit).State);
        Assert.Contains("does not open again", paying.Elsewhere("d1", "20.00", "Chargeback,open"));
        await paying.Settle();
        Assert.Equal(end == "won" ? 1 : 0, Directory.GetFiles(paying.Inside("out")).Length);
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Refund_in_another_currency_holds_what_is_owed_until_it_is_put_right()
    {
        var id = paying.Create(paying.Refund("4.99"));
        Assert.Equal("stored", paying.Elsewhere("r1", "1.00", currency: "EUR"));
        await paying.Settle();
        Assert.Equal((CreditState.Approved, "currency"), (paying.Get(id).State, paying.Get(id).WaitsFor));
        Assert.Equal("revised", paying.Elsewhere("r1", "1.08"));
        await paying.Settle();
        Assert.Equal((CreditState.Settling, "3.91"), (paying.Get(id).State, paying.Get(id).Amount.Decimal));
        Assert.Empty(paying.Problems());
    }

    [Theory]
    [InlineData("settling", true)]
    [InlineData("settled", true)]
    [InlineData("settled", false)]
    public async Task Our_own_refund_in_the_list_of_billing_is_not_counted_again(string state, bool byKey)
    {
        var id = await paying.InState(state, "4.99", Today);
        var reference = byKey
            ? paying.Here.Read(db => db.ExecuteScalar<string>("SELECT key FROM payment"))!
            : paying.Get(id).Reference!;
        Assert.Equal(
            "stored",
            paying.Elsewhere(byKey ? "b-1" : reference, "4.99", "billing,," + (byKey ? reference : "")));
        Assert.Equal((0L, 0L), (paying.Twice(), paying.GivenElsewhere()));
        Assert.Equal("stored", paying.Elsewhere("b-2", "4.99", $"billing,,{reference}"));
        Assert.Equal((499L, 499L), (paying.Twice(), paying.GivenElsewhere()));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task List_of_billing_that_comes_before_its_answer_is_recognised_once_the_answer_names_it()
    {
        await paying.InState("settling", "4.99", Today);
        paying.Elsewhere("b-1", "4.99", "billing,,B-1");
        Assert.Equal(499, paying.Twice());
        paying.Answer("refunds-000001.ack.csv", "1,accepted,B-1,");
        await paying.Settle();
        Assert.Equal((0L, 0L), (paying.Twice(), paying.GivenElsewhere()));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public void Reductions_are_new_entries_and_add_up()
    {
        var id = paying.Create(paying.Refund("4.99") with { BudgetPeriod = null });
        paying.Elsewhere("r1", "1.00");
        paying.Elsewhere("r2", "1.00");
        paying.Elsewhere("r2", "1.50");
        Assert.Equal(("2.49", 250L), (paying.Get(id).Amount.Decimal, paying.Get(id).ReducedMinor));
        Assert.Equal([Paying.Usd("-2.49")], paying.Here.Read(db => Journal.Balance(db, "liability:customers:1")));
        Assert.Equal(4, paying.Here.Read(db => db.ExecuteScalar<int>("SELECT COUNT(*) FROM entry")));
        paying.Elsewhere("r3", "2.49");
        Assert.Equal(CreditState.Reversed, paying.Get(id).State);
        Assert.All(
            paying.Here.Read(db => Journal.Balance(db, "liability:customers:1")), sum => Assert.Equal(0, sum.Minor));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public void Refund_that_came_before_its_purchase_is_counted_when_the_purchase_comes()
    {
        paying.Elsewhere("r1", "15.00", purchase: "p9");
        paying.Elsewhere("r2", "1.00", purchase: "p9", currency: "EUR");
        paying.Write(db => ProactiveCare.Customers.Purchases.Receive(
            db, new("p9", "c1", "rental", "A film", 2000, null, "USD", 0, null, [2]), paying.Now));
        var refund = paying.Refund("5.01") with { PurchaseId = new PurchaseId("p9") };
        Assert.Contains("15.00 USD are refunded", Assert.Throws<PaymentException>(() => paying.Create(refund)).Message);
        Assert.Empty(paying.Problems());
    }
}
