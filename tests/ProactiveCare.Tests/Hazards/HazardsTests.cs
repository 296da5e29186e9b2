using ProactiveCare.Hazards;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests.Telemetry;

namespace ProactiveCare.Tests.Hazards;

public sealed class HazardsTests : IDisposable
{
    private const string Square =
        """{"type": "Polygon", "coordinates": [[[-106,39],[-104,39],[-104,41],[-106,41],[-106,39]]]}""";
    private const string References = """, "references": [{"identifier": "m1"}] """;
    private static readonly HazardRule Ice = new(["Ice Storm Warning"], ["Severe", "Extreme"]);

    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Theory]
    [InlineData("", "", AlertExclusion.None)]
    [InlineData("\"Actual\"", "\"Exercise\"", AlertExclusion.NotActual)]
    [InlineData("Boulder\"", "Boulder\", \"eventCode\": {\"SAME\": [\"DMO\"]}", AlertExclusion.Test)]
    [InlineData("\"m1\"", "\"urn:0-KEEPALIVE-5\"", AlertExclusion.Test)]
    [InlineData("\"Alert\"", "\"Cancel\"", AlertExclusion.NotAWarning)]
    [InlineData("Boulder\"",
        "Boulder\", \"parameters\": {\"VTEC\": [\"/T.NEW.KBOU.IS.W.0001.260314T1800Z-260315T0600Z/\"]}",
        AlertExclusion.NotOperational)]
    [InlineData("Boulder\"",
        "Boulder\", \"parameters\": {\"VTEC\": [\"/O.EXP.KBOU.IS.W.0001.260314T1800Z-260315T0600Z/\"]}",
        AlertExclusion.EventEnded)]
    [InlineData("Boulder\"", "Boulder\", \"response\": \"AllClear\"", AlertExclusion.AllClear)]
    [InlineData("\"Expected\"", "\"Past\"", AlertExclusion.Past)]
    [InlineData("2026-03-14T11:00:00Z", "2026-03-14T12:59:59Z", AlertExclusion.NotYetSent)]
    [InlineData("Ice Storm", "Wind", AlertExclusion.EventNotChosen)]
    [InlineData("\"Severe\"", "\"Minor\"", AlertExclusion.SeverityNotChosen)]
    [InlineData("2026-03-15T06:00:00Z", "2026-03-14T12:00:00Z", AlertExclusion.Over)]
    [InlineData("2026-03-14T18:00:00-06:00", "2026-03-14T12:00:00Z", AlertExclusion.None)]
    public void Each_exclusion_has_one_reason(string part, string other, AlertExclusion expected)
    {
        var feature = AlertImportTests.Feature();
        if (part.Length > 0) feature = feature.Replace(part, other, StringComparison.Ordinal);
        Assert.Equal(1, here.Import(Import.Alerts, feature).Stored);
        var hazard = here.Read(db => ActiveHazards.Between(db, here.Clock.Now(), 0, 1)).Single();
        Assert.Equal(expected, AlertRules.Judge(hazard, Ice, here.Clock.Now()));
    }

    // The clock stands at noon.
    [Theory]
    [InlineData("12:00:01", "12:00:02", "", AlertExclusion.None)]
    [InlineData("11:00:00", "12:10:00", "", AlertExclusion.None)]
    [InlineData("11:00:00", "12:09:59", "", AlertExclusion.EndsSoon)]
    [InlineData("12:00:00", "12:09:59", "", AlertExclusion.EndsSoon)]
    [InlineData("11:00:00", "12:00:00", "", AlertExclusion.Over)]
    [InlineData("11:00:00", "12:05:00", "13:00:00", AlertExclusion.None)]
    [InlineData("11:00:00", "13:00:00", "12:05:00", AlertExclusion.EndsSoon)]
    [InlineData("11:00:00", "", "", AlertExclusion.None)]
    public void Hazard_warns_while_it_lies_ahead_or_is_in_force_for_ten_minutes_more(
        string onset, string expires, string ends, AlertExclusion expected)
    {
        Alert("m1", change: f => f
            .Replace("\"2026-03-14T18:00:00-06:00\"", Json(onset), StringComparison.Ordinal)
            .Replace("\"2026-03-15T06:00:00Z\"", Json(expires), StringComparison.Ordinal)
            .Replace("\"ends\": null", $"\"ends\": {Json(ends)}", StringComparison.Ordinal));
        var hazard = here.Read(db => ActiveHazards.Between(db, here.Clock.Now(), 0, 1)).Single();
        Assert.Equal(expected, AlertRules.Judge(hazard, Ice, here.Clock.Now()));

        static string Json(string time) => time.Length == 0 ? "null" : $"\"2026-03-14T{time}Z\"";
    }

    [Theory]
    [InlineData("Actual", "Actual", true)]
    [InlineData("Actual", "Test", false)]
    [InlineData("2026-03-14T11:00:00Z", "2026-03-14T12:00:00.001Z", false)]
    [InlineData("\"Alert\"", "\"Ack\"", false)]
    [InlineData("\"Alert\"", "\"Cancel\"", false)]
    [InlineData("\"Expected\"", "\"Past\"", false)]
    [InlineData("Boulder\"",
        "Boulder\", \"parameters\": {\"VTEC\": [\"/T.CON.KBOU.IS.W.0001.260314T1800Z-260315T0600Z/\"]}", false)]
    public void Later_warning_replaces_an_earlier_one_if_it_is_real_and_sent(
        string part, string other, bool superseded)
    {
        Alert("m1");
        Assert.False(Stands().Superseded);
        Alert("m2", References, change: f => f.Replace(part, other, StringComparison.Ordinal));
        Assert.Equal(superseded, Stands().Superseded);

        Hazard Stands() => here.Read(db => ActiveHazards.Between(db, here.Clock.Now(), 0, 1)).Single();
    }

    [Theory]
    [InlineData("\"Alert\"", "\"Cancel\"")]
    [InlineData("\"Expected\"", "\"Past\"")]
    [InlineData("Boulder\"", "Boulder\", \"response\": \"AllClear\"")]
    [InlineData("Boulder\"",
        "Boulder\", \"parameters\": {\"VTEC\": [\"/O.CAN.KBOU.IS.W.0001.260314T1800Z-260315T0600Z/\"]}")]
    public void End_message_cancels_its_own_areas_only(string part, string other)
    {
        Premises("p1,boulder,,,08013,,", "p2,adams,,,08001,,");
        Alert("m1", change: f => f.Replace("\"008013\"", "\"008013\", \"008001\"", StringComparison.Ordinal));
        Assert.Equal(["adams p2", "boulder p1"], Affected());
        Alert("m2", References, change: f => f.Replace(part, other, StringComparison.Ordinal));
        Assert.Equal(["adams p2"], Affected());
        Alert("m3", References, change: f => f.Replace("\"Alert\"", "\"Cancel\"", StringComparison.Ordinal)
            .Replace("\"UGC\": [\"COZ036\"], \"SAME\": [\"008013\"]", "", StringComparison.Ordinal));
        Assert.Empty(Affected());
    }

    [Fact]
    public void One_of_two_zones_of_a_county_can_be_cancelled()
    {
        Premises("p1,mountains,,,08013,COZ036,", "p2,plains,,,08013,COZ037,");
        Alert("m1", change: f => f.Replace("\"COZ036\"", "\"COZ036\", \"COZ037\"", StringComparison.Ordinal));
        Alert("m2", References, change: f => f.Replace("\"Alert\"", "\"Cancel\"", StringComparison.Ordinal));
        Assert.Equal(["plains p2"], Affected());
    }

    [Fact]
    public void Message_from_a_clock_ahead_of_ours_waits_and_is_not_lost()
    {
        Premises("p1,a,,,08013,,");
        Alert("m1", change: f => f.Replace("T11:00:00Z", "T12:00:05Z", StringComparison.Ordinal));
        Assert.Empty(Affected());
        Assert.Equal(1, here.Read(db => Arrivals.FirstUnsettled(db, 0, here.Clock.Now())));
        here.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(here.Read(db => Arrivals.FirstUnsettled(db, 0, here.Clock.Now())));
        Assert.Equal(["a p1"], Affected());
    }

    [Fact]
    public void Household_is_found_by_zone_or_county_or_whole_state_and_each_customer_once_a_hazard()
    {
        Premises(
            "p1,zone,,,08099,COZ036,", "p2,other-zone,,,08013,COZ037,", "p3,county,,,08013,,",
            "p4,other-county,,,08014,,",
            "p5,twice,,,08013,,10", "p6,twice,,,08013,,2", "p7,unknown,,,,,");
        Alert("m1");
        Assert.Equal(["county p3", "other-zone p2", "twice p6", "zone p1"], Affected());
        Alert("m2", """, "parameters": {"VTEC": ["/O.NEW.KBOU.IS.W.0001.260314T1800Z-260315T0600Z/"]} """,
            change: State);
        Alert("m3", """, "parameters": {"VTEC": ["/O.CON.KBOU.IS.W.0001.260314T1800Z-260315T0600Z/"]} """,
            change: State);
        Assert.Equal(["county p3", "other-county p4", "other-zone p2", "twice p6", "zone p1"], Affected(after: 1));
        Assert.Equal(9, Affected().Count);
        Assert.Empty(Affected(after: 3));

        static string State(string f) =>
            f.Replace("COZ036", "COC000", StringComparison.Ordinal)
            .Replace("008013", "108000", StringComparison.Ordinal);
    }

    [Fact]
    public void Polygon_with_its_boundary_decides_for_a_household_with_coordinates()
    {
        Premises(
            "p1,inside,40,-105,08014,,", "p2,edge,39,-105,,,", "p3,outside,38.999,-105,08013,COZ036,",
            "p4,without,,,,COZ036,",
            "p5,elsewhere,,,08014,,");
        Alert("m1", geometry: Square);
        Assert.Equal(["edge p2", "inside p1", "without p4"], Affected());
    }

    [Fact]
    public void Outline_that_crosses_itself_still_warns()
    {
        Premises("p1,a,40.2,-105.5,,,");
        Alert("m1",
            geometry: """{"type": "Polygon", "coordinates": [[[-106,39],[-104,41],[-104,39],[-106,41],[-106,39]]]}""");
        Assert.Equal(["a p1"], Affected());
    }

    [Theory]
    [InlineData("008013", "08013", true)]
    [InlineData("508013", "08013", true)]
    [InlineData("008000", "08013", true)]
    [InlineData("000000", "08013", true)]
    [InlineData("008000", "09013", false)]
    [InlineData("072127", "72127", true)]
    public void SAME_code_names_a_county_a_part_of_it_or_a_whole_state(string same, string fips, bool named) =>
        Assert.Equal(named, AreaCodes.Names(AreaCodes.CountyOfSame(same)!, fips));

    private void Premises(params string[] rows)
    {
        var header = "premises_id,customer_id,latitude,longitude,county_fips,forecast_zone,priority\n";
        Assert.Equal(rows.Length, here.Import("premises", header + string.Join('\n', rows)).Stored);
    }

    private void Alert(string id, string properties = "", string geometry = "null", Func<string, string>? change = null)
    {
        var feature = AlertImportTests.Feature(id, properties, geometry);
        Assert.Equal(1, here.Import(Import.Alerts, change?.Invoke(feature) ?? feature).Stored);
    }

    private List<string> Affected(long after = 0) => here
        .Read(db => ActiveHazards.Affected(db, here.Clock.Now(), after, long.MaxValue, Ice))
        .Select(a => $"{a.Customer} {a.PremisesId}").Order(StringComparer.Ordinal).ToList();
}
