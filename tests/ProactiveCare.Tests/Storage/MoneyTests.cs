namespace ProactiveCare.Tests.Storage;

public sealed class MoneyTests
{
    [Theory]
    [InlineData("20.00 USD", 2000, "20.00 USD")]
    [InlineData("0.01 EUR", 1, "0.01 EUR")]
    [InlineData("500 JPY", 500, "500 JPY")]
    [InlineData("1.234 KWD", 1234, "1.234 KWD")]
    [InlineData("1.2345 CLF", 12345, "1.2345 CLF")]
    [InlineData("-3.5 USD", -350, "-3.50 USD")]
    public void Amount_is_minor_units_of_its_own_currency(string text, long minor, string again)
    {
        var money = Money.Parse(text);
        Assert.Equal(minor, money.Minor);
        Assert.Equal(again, money.ToString());
    }

    [Theory]
    [InlineData("1.5 JPY")]
    [InlineData("1.005 USD")]
    [InlineData("1,000.00 USD")]
    [InlineData("1e3 USD")]
    [InlineData("NaN USD")]
    [InlineData("20.00")]
    [InlineData("20.00 usd")]
    [InlineData("20.00 XXX")]
    [InlineData("9999999999999999999 USD")]
    public void Inexact_amount_is_refused(string text) =>
        Assert.Throws<FormatException>(() => Money.Parse(text));

    [Theory]
    [InlineData(399, 0.5, 200)]
    [InlineData(400, 0.5, 200)]
    [InlineData(100, 1, 100)]
    [InlineData(1, 0.01, 1)]
    public void Share_is_rounded_once_in_the_customers_favour(long minor, double share, long expected) =>
        Assert.Equal(expected, new Money(minor, Currency.Of("USD")).Share((decimal)share).Minor);

    [Fact]
    public void Currencies_are_never_converted() =>
        Assert.Throws<InvalidOperationException>(() => Money.Parse("1.00 USD") + Money.Parse("1.00 EUR"));
}
