using ProactiveCare.Payments;

namespace ProactiveCare.Tests.Payments;

/// <summary>Reservations for many at once, and the words of refusals.</summary>
public sealed class BudgetEachTests : IDisposable
{
    private static readonly BudgetKey Live = new(Paying.Job, "live", "2026-03-14");

    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Theory]
    [InlineData("10.00", "6.00 4.00", "yes yes", "0.00")]
    [InlineData("9.99", "6.00 4.00", "yes no", "3.99")]
    [InlineData("5.00", "6.00 4.00 1.00", "no yes yes", "0.00")]
    [InlineData("5.00", "6.00 2.00 4.00 3.00", "no yes no yes", "0.00")]
    [InlineData("1.00", "6.00 4.00", "no no", "1.00")]
    public void Each_that_still_fits_is_reserved_in_order(string cap, string amounts, string reserved, string left)
    {
        var asked = amounts.Split(' ').Select(Paying.Usd).ToList();
        var got = here.Write(db => Budgets.TryReserveEach(db, Live, asked, Paying.Usd(cap)));
        Assert.Equal(reserved, string.Join(' ', got.Select(each => each ? "yes" : "no")));
        Assert.Equal(Paying.Usd(left), here.Read(db => Budgets.Left(db, Live, Paying.Usd(cap))));
    }

    [Fact]
    public void Rest_is_the_cap_less_what_is_reserved_and_negative_below_a_lowered_cap()
    {
        Assert.Equal(Paying.Usd("10.00"), here.Read(db => Budgets.Left(db, Live, Paying.Usd("10.00"))));
        Assert.True(here.Write(db => Budgets.TryReserve(db, Live, Paying.Usd("6.00"), Paying.Usd("10.00"))));
        Assert.Equal(Paying.Usd("4.00"), here.Read(db => Budgets.Left(db, Live, Paying.Usd("10.00"))));
        Assert.Equal(Paying.Usd("-1.00"), here.Read(db => Budgets.Left(db, Live, Paying.Usd("5.00"))));
    }

    [Theory]
    [InlineData("0.00 USD", "10.00 USD", "0.00 USD cannot be reserved: an amount is more than nothing.")]
    [InlineData("-0.01 USD", "10.00 USD", "-0.01 USD cannot be reserved: an amount is more than nothing.")]
    [InlineData("1.00 USD", "10.00 EUR",
        "1.00 USD cannot be reserved in a budget of 10.00 EUR; nothing is converted.")]
    public void Refusal_says_why(string amount, string cap, string why) => Assert.Equal(why,
        Assert.Throws<PaymentException>(() => here.Write(db =>
            Budgets.TryReserve(db, Live, Money.Parse(amount), Money.Parse(cap)))).Message);

    [Fact]
    public void Release_of_more_than_is_reserved_names_the_check() => Assert.Equal(
        "The budget of slow-video-stream for 2026-03-14 does not hold 1.00 USD. Run: proactive-care ledger check",
        Assert.Throws<PaymentException>(() => here.Write(db =>
            Budgets.Release(db, Live, Paying.Usd("1.00")))).Message);
}
