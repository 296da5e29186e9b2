using Dapper;
using ProactiveCare.Payments;

namespace ProactiveCare.Tests.Payments;

public sealed class BudgetTests : IDisposable
{
    private static readonly BudgetKey Live = new(Paying.Job, "live", "2026-03-14");

    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Fact]
    public void The_cap_is_reached_to_the_cent_and_never_passed()
    {
        Assert.True(Reserve(Live, "6.00", "10.00"));
        Assert.False(Reserve(Live, "4.01", "10.00"));
        Assert.True(Reserve(Live, "4.00", "10.00"));
        Assert.False(Reserve(Live, "0.01", "10.00"));
    }

    [Fact]
    public void A_changed_cap_takes_effect_but_never_below_what_is_reserved()
    {
        Assert.True(Reserve(Live, "6.00", "10.00"));
        Assert.False(Reserve(Live, "0.01", "5.00"));
        Assert.Equal(
            (600, 600), here.Read(db => db.QuerySingle<(long, long)>("SELECT cap_minor, reserved_minor FROM budget")));
        Assert.True(Reserve(Live, "1.00", "7.00"));
    }

    [Fact]
    public void Shadow_days_and_currencies_count_apart()
    {
        Assert.True(Reserve(Live, "10.00", "10.00"));
        Assert.True(Reserve(Live with { Mode = "shadow" }, "10.00", "10.00"));
        Assert.True(Reserve(Live with { Period = "2026-03-15" }, "10.00", "10.00"));
        Assert.True(here.Write(db => Budgets.TryReserve(db, Live, Money.Parse("10.00 EUR"), Money.Parse("10.00 EUR"))));
        Assert.False(Reserve(Live, "0.01", "10.00"));
    }

    [Fact]
    public void Released_amounts_can_be_reserved_again_and_no_more_is_released_than_was_reserved()
    {
        Assert.True(Reserve(Live, "10.00", "10.00"));
        here.Write(db => Budgets.Release(db, Live, Paying.Usd("4.00")));
        Assert.True(Reserve(Live, "4.00", "10.00"));
        Assert.Throws<PaymentException>(() => here.Write(db => Budgets.Release(db, Live, Paying.Usd("10.01"))));
    }

    [Fact]
    public void A_budget_in_another_currency_reserves_nothing() =>
        Assert.Throws<PaymentException>(
            () => here.Write(db => Budgets.TryReserve(db, Live, Paying.Usd("1"), Money.Parse("10.00 EUR"))));

    private bool Reserve(BudgetKey key, string amount, string cap) =>
        here.Write(db => Budgets.TryReserve(db, key, Paying.Usd(amount), Paying.Usd(cap)));
}
