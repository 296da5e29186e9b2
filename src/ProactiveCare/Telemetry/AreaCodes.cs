using System.Collections.Frozen;

namespace ProactiveCare.Telemetry;

/// <summary>The area codes of the US National Weather Service. UGC: state letters, C (county) or Z (zone), three digits
/// (NWSI 10-1702). SAME: P, state FIPS, county FIPS, where P is the part of the county (47 CFR 11.31). 000 is the whole
/// state.</summary>
internal static class AreaCodes
{
    private const string StateTable =
        "AL01 AK02 AZ04 AR05 CA06 CO08 CT09 DE10 DC11 FL12 GA13 HI15 ID16 IL17 IN18 IA19 KS20 KY21 LA22 ME23 MD24 " +
        "MA25 MI26 MN27 MS28 MO29 MT30 NE31 NV32 NH33 NJ34 NM35 NY36 NC37 ND38 OH39 OK40 OR41 PA42 RI44 SC45 SD46 " +
        "TN47 TX48 UT49 VT50 VA51 WA53 WV54 WI55 WY56 AS60 FM64 GU66 MH68 MP69 PW70 PR72 VI78";

    private static readonly FrozenDictionary<string, string> States =
        StateTable.Split(' ').ToFrozenDictionary(s => s[..2], s => s[2..], StringComparer.Ordinal);

    /// <summary>Whether a code has the form of a zone's UGC, such as COZ036.</summary>
    public static bool IsZone(ReadOnlySpan<byte> code) =>
        code.Length == 6 && code[2] == 'Z' && char.IsAsciiLetterUpper((char)code[0])
        && char.IsAsciiLetterUpper((char)code[1])
        && !code[3..].ContainsAnyExceptInRange((byte)'0', (byte)'9');

    /// <summary>The five-digit county FIPS of a county's UGC; null for other codes.</summary>
    public static string? CountyOfUgc(string code) =>
        code.Length == 6 && code[2] == 'C' && States.TryGetValue(code[..2], out var state) ? state + code[3..] : null;

    /// <summary>The county FIPS of a SAME code, without the part of the county; null for other codes.</summary>
    public static string? CountyOfSame(string code) =>
        code.Length == 6 && code.All(char.IsAsciiDigit) ? code[1..] : null;

    /// <summary>Whether an area's code includes a place's: the same, its state (000), or the country (00000).</summary>
    public static bool Names(string area, string place) =>
        area == place
        || area == "00000"
        || (area.EndsWith("000", StringComparison.Ordinal) && place.StartsWith(area[..^3], StringComparison.Ordinal));

    /// <summary>The smallest and largest code that an area's code includes, for an index search.</summary>
    public static (string From, string To) Range(string area) =>
        area == "00000" ? ("00000", "99999")
        : area.EndsWith("000", StringComparison.Ordinal) ? (area, area[..^3] + "999")
        : (area, area);
}
