using System.Text.RegularExpressions;

namespace ProactiveCare.Telemetry;

/// <summary>A Valid Time Event Code: a message's event and its effect on it. Source: NWSI 10-1703.</summary>
/// <param name="Class">O operational, T test, E experimental, X experimental in an operational product.</param>
/// <param name="Action">NEW, CON, EXT, EXA, EXB, UPG, CAN, EXP, COR, ROU.</param>
/// <param name="Event">Office, phenomenon, significance and number, joined by points.</param>
/// <param name="Year">The year of the event's end, else of its beginning; null when the code contains neither.</param>
internal sealed partial record Vtec(string Class, string Action, string Event, int? Year)
{
    /// <summary>Whether the message ends the event for its area.</summary>
    public bool Ends => Action is "CAN" or "EXP" or "UPG";

    /// <summary>The relevant code of several: the first that does not end its event, else the first.</summary>
    public static Vtec? Choose(IEnumerable<string> texts)
    {
        var codes = texts.Select(Parse).OfType<Vtec>().ToList();
        return codes.Find(c => !c.Ends) ?? codes.FirstOrDefault();
    }

    public static Vtec? Parse(string text)
    {
        var m = Form().Match(text);
        if (!m.Success) return null;
        var key = $"{m.Groups["office"]}.{m.Groups["phenomenon"]}.{m.Groups["significance"]}.{m.Groups["number"]}";
        var year = YearOf(m.Groups["end"].Value) ?? YearOf(m.Groups["begin"].Value);
        return new Vtec(m.Groups["class"].Value, m.Groups["action"].Value, key, year);
    }

    /// <summary>Numbers restart each year, so the year is part of the event.</summary>
    public string Key(Instant sent) =>
        string.Create(CultureInfo.InvariantCulture, $"{Event}.{Year ?? sent.InUtc().Year}");

    private static int? YearOf(string time) =>
        time.StartsWith("000000", StringComparison.Ordinal)
            ? null
            : 2000 + int.Parse(time[..2], CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^/?(?<class>[OTEX])\.(?<action>[A-Z]{3})\.(?<office>[A-Z]{4})\.(?<phenomenon>[A-Z]{2})\." +
        @"(?<significance>[A-Z])\.(?<number>[0-9]{4})\.(?<begin>[0-9]{6}T[0-9]{4}Z)-(?<end>[0-9]{6}T[0-9]{4}Z)/?$",
        RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Form();
}
