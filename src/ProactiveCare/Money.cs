using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace ProactiveCare;

/// <summary>An amount: integer minor units of one currency, never floating point.</summary>
/// <param name="Minor">Minor units (cents for USD, yen for JPY); may be negative.</param>
/// <param name="Currency">The currency, which fixes the number of decimals.</param>
public readonly record struct Money(long Minor, Currency Currency)
{
    /// <summary>The amount as an exact decimal in major units.</summary>
    public decimal Amount => Minor / Scale(Currency);

    /// <summary>The amount with all its decimals, such as <c>20.00</c>.</summary>
    public string Decimal => Amount.ToString("F" + Currency.Exponent, CultureInfo.InvariantCulture);

    /// <summary>Parses an amount with a decimal point, at most the currency's decimals, and no separators.</summary>
    /// <exception cref="FormatException">Not such a number, too many decimals, or beyond 10¹² either way.</exception>
    public static Money Parse(string amount, Currency currency)
    {
        const NumberStyles Plain = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (!decimal.TryParse(amount, Plain, CultureInfo.InvariantCulture, out var value) || value.Scale > 20)
            throw new FormatException($"'{amount}' is not an amount: write it like {Example(currency)}.");
        if (Math.Abs(value) > 1_000_000_000_000m)
            throw new FormatException($"'{amount}' is too large for an amount.");
        var minor = value * Scale(currency);
        if (minor != decimal.Truncate(minor))
            throw new FormatException(
                $"'{amount}' has more decimals than {currency} has: write it like {Example(currency)}.");
        return new Money((long)minor, currency);
    }

    /// <summary>Parses <c>20.00 USD</c>.</summary>
    /// <exception cref="FormatException">Not an amount, a space and a currency.</exception>
    public static Money Parse(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 2
            ? Parse(parts[0], Currency.Of(parts[1]))
            : throw new FormatException($"'{text}' is not an amount with its currency: write it like 20.00 USD.");
    }

    /// <summary>A share of the amount, rounded once, up, which is in the customer's favour.</summary>
    /// <param name="share">0 to 1.</param>
    public Money Share(decimal share) => this with { Minor = (long)decimal.Ceiling(Minor * share) };

    /// <summary>The smaller of two amounts of one currency.</summary>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    public static Money Min(Money a, Money b) => a.Same(b).Minor <= b.Minor ? a : b;

    /// <summary>The sum in each currency, by its code.</summary>
    /// <exception cref="OverflowException">One is too large to count.</exception>
    public static IReadOnlyList<Money> Sums(IEnumerable<Money> amounts) =>
    [
        .. amounts.GroupBy(amount => amount.Currency).OrderBy(group => group.Key.Code, StringComparer.Ordinal)
            .Select(group => new Money(group.Sum(amount => amount.Minor), group.Key)),
    ];

    /// <summary>The sum of two amounts of one currency.</summary>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    /// <exception cref="OverflowException">It is too large to count.</exception>
    public static Money operator +(Money a, Money b) => a.Same(b) with { Minor = checked(a.Minor + b.Minor) };

    /// <summary>The difference of two amounts of one currency.</summary>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    /// <exception cref="OverflowException">It is too large to count.</exception>
    public static Money operator -(Money a, Money b) => a.Same(b) with { Minor = checked(a.Minor - b.Minor) };

    /// <summary>Whether an amount is above another of its currency.</summary>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    public static bool operator >(Money a, Money b) => a.Same(b).Minor > b.Minor;

    /// <summary>Whether an amount is below another of its currency.</summary>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    public static bool operator <(Money a, Money b) => a.Same(b).Minor < b.Minor;

    /// <summary>The amount and its currency, such as <c>20.00 USD</c>.</summary>
    public override string ToString() => $"{Decimal} {Currency}";

    private static decimal Scale(Currency currency) => currency.Exponent switch
    {
        0 => 1m,
        2 => 100m,
        3 => 1000m,
        _ => 10_000m,
    };

    private static string Example(Currency currency) => new Money(1250, currency).Decimal;

    private Money Same(Money other) => Currency == other.Currency
        ? this
        : throw new InvalidOperationException($"{this} and {other} are of different currencies; nothing is converted.");
}

/// <summary>A currency in use. Source: ISO 4217 list one (codes and minor-unit exponents).</summary>
public readonly record struct Currency
{
    // The exponent is 2 unless the standard says otherwise.
    private const string TwoDecimals =
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY " +
        "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS " +
        "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR " +
        "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD " +
        "SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";

    private const string NoDecimals = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
    private const string ThreeDecimals = "BHD IQD JOD KWD LYD OMR TND";
    private const string FourDecimals = "CLF UYW";

    private static readonly FrozenDictionary<string, int> Exponents =
        new[] { (NoDecimals, 0), (TwoDecimals, 2), (ThreeDecimals, 3), (FourDecimals, 4) }
            .SelectMany(group => group.Item1.Split(' '), (group, code) => (code, group.Item2))
            .ToFrozenDictionary(pair => pair.code, pair => pair.Item2, StringComparer.Ordinal);

    private readonly string? code;

    private Currency(string code) => this.code = code;

    /// <summary>The three capital letters, such as <c>USD</c>.</summary>
    public string Code => code ?? throw new InvalidOperationException("A currency without a code.");

    /// <summary>The number of decimals of the currency: 0 to 4.</summary>
    public int Exponent => Exponents[Code];

    /// <summary>The currency of a code.</summary>
    /// <exception cref="FormatException">The code is not an ISO 4217 currency in capital letters.</exception>
    public static Currency Of(string code) =>
        TryOf(code, out var currency)
            ? currency
            : throw new FormatException($"'{code}' is not a currency: write an ISO 4217 code such as USD or EUR.");

    /// <summary>The currency of a code; false when there is none.</summary>
    public static bool TryOf([NotNullWhen(true)] string? code, out Currency currency)
    {
        var known = code is not null && Exponents.ContainsKey(code);
        currency = known ? new Currency(code!) : default;
        return known;
    }

    /// <summary>The code.</summary>
    public override string ToString() => Code;
}
