using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace ProactiveCare;

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

    /// <summary>How many decimals the currency has: 0 to 4.</summary>
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
