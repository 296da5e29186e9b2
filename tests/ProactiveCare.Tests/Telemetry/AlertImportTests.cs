using ProactiveCare.Hazards;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

public sealed class AlertImportTests : IDisposable
{
    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    internal static string Feature(string id = "m1", string properties = "", string geometry = "null") =>
        $$"""
        {"type": "Feature", "geometry": {{geometry}}, "properties": {"id": "{{id}}", "areaDesc": "Boulder",
        "event": "Ice Storm Warning", "status": "Actual", "messageType": "Alert", "severity": "Severe",
        "certainty": "Likely", "urgency": "Expected",
        "sent": "2026-03-14T11:00:00Z", "onset": "2026-03-14T18:00:00-06:00", "expires": "2026-03-15T06:00:00Z",
        "ends": null, "geocode": {"UGC": ["COZ036"], "SAME": ["008013"]} {{properties}} } }
        """;

    [Fact]
    public void Collection_array_and_single_feature_are_all_alerts()
    {
        var collection = $$"""
            {"@context": [1, {"x": []}], "type": "FeatureCollection",
            "features": [{{Feature("a")}}, {{Feature("b")}}], "z": 1}
            """;
        Assert.Equal(2, Take(collection).Stored);
        Assert.Equal(1, Take($"[{Feature("a")}, {Feature("c")}]").Stored);
        Assert.Equal(1, Take("\uFEFF" + Feature("d")).Stored);
        Assert.Equal(0, Take("""{"type": "FeatureCollection", "features": []}""").Received);
    }

    [Fact]
    public void Message_that_changes_is_revised()
    {
        Take(Feature());
        Assert.Equal(1, Take(Feature(properties: """, "headline": "h" """)).Revised);
        Assert.Equal(2, here.Read(Arrivals.Latest));
    }

    [Theory]
    [InlineData("""{"type": "FeatureCollection"}""", "no GeoJSON features")]
    [InlineData("\"x\"", "not valid JSON")]
    [InlineData("{\"features\": 3}", "no GeoJSON features")]
    [InlineData("<alert/>", "is XML")]
    [InlineData("", "not valid JSON")]
    public void Document_of_another_form_is_refused(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ImportException>(() => Take(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"status\": \"Actual\"", "\"status\": \"Maybe\"",
        "status 'Maybe' is not one of Actual, Exercise, System, Test, Draft")]
    [InlineData("\"severity\": \"Severe\",", "", "severity is empty")]
    [InlineData("\"id\": \"m1\",", "", "id is empty")]
    [InlineData("\"event\": \"Ice Storm Warning\"", "\"event\": 5", "event is not text")]
    [InlineData("2026-03-14T18:00:00-06:00", "tonight", "onset 'tonight' is not in a form that is read")]
    [InlineData("2026-03-14T11:00:00Z", "1970-01-01T00:00:00Z", "sent '1970-01-01T00:00:00Z' is before the year 2000")]
    [InlineData("2026-03-14T11:00:00Z", "2026-03-14T13:00:01Z",
        "sent '2026-03-14T13:00:01Z' is more than 1 hour after")]
    [InlineData("Boulder", "Bo\\u0000", "areaDesc contains a NUL character")]
    [InlineData("Boulder", "Bo\\ud800", "it has text that is not valid Unicode")]
    [InlineData("\"properties\"", "\"props\"", "it is no GeoJSON feature with properties")]
    public void Invalid_message_is_quarantined_by_its_number(string part, string wrong, string reason)
    {
        var bad = Feature().Replace(part, wrong, StringComparison.Ordinal);
        Assert.NotEqual(Feature(), bad);
        var result = Take($"[{Feature("a")}, {bad}, {Feature("b")}]");
        Assert.Equal("3 = 2 stored + 0 revised + 0 duplicate + 1 quarantined", result.Counts());
        Assert.Equal(2, result.FirstQuarantined.Single().Line);
        Assert.Contains(reason, result.FirstQuarantined.Single().Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[[[0,0],[1,0],[1,1],[0,1]]]", "a ring that is not closed")]
    [InlineData("[[[0,0],[1,0],[0,0]]]", "a ring of fewer than four points")]
    [InlineData("[[[0,0],[1,0],[1,91],[0,0]]]", "a point outside the globe")]
    [InlineData("[[[0,0],[1,0],[1,\"NaN\"],[0,0]]]", "a coordinate that is not a number")]
    [InlineData("[[[0,0],[1,0],[1,1e999],[0,0]]]", "a coordinate that is not a number")]
    [InlineData("[[[0,0],[1],[1,1],[0,0]]]", "a point without two coordinates")]
    [InlineData("[]", "its polygon is empty")]
    [InlineData("[[0,0]]", "not made of lists of coordinates")]
    public void Invalid_area_quarantines_its_message(string coordinates, string reason)
    {
        var result = Take(Feature(geometry: $$"""{"type": "Polygon", "coordinates": {{coordinates}}}"""));
        Assert.Contains(reason, result.FirstQuarantined.Single().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_document_keeps_its_earlier_messages()
    {
        var whole = $$"""{"features": [{{Feature("a")}}, {{Feature("b")}}]}""";
        var result = Take(whole[..(whole.Length - 100)]);
        Assert.Equal("2 = 1 stored + 0 revised + 0 duplicate + 1 quarantined", result.Counts());
        Assert.Contains("nothing after it can be read", result.FirstQuarantined.Single().Reason,
            StringComparison.Ordinal);
    }

    // A, B, C and D are messages, X is one that breaks off.
    [Theory]
    [InlineData("A\nB\nC", "ABC", 0)]
    [InlineData("A\r\n\r\nB\r\n", "AB", 0)]
    [InlineData("\u001EA\n\u001EB\n", "AB", 0)]
    [InlineData("A B{'features': [C]}[D]", "ABCD", 0)]
    [InlineData("{'features': [A, B], 't': {}}\n{'features': [C, D]}", "ABCD", 0)]
    [InlineData("{'features': [A, B]}{'features': []}\n[]\n[C, D]", "ABCD", 0)]
    [InlineData("{'features': [A], 'features': [B]}", "AB", 0)]
    [InlineData("{'features': [A, B]}\n}}]] not json ", "AB", 1)]
    [InlineData("{'features': [A, B]} not json\n{'features': [C]}", "ABC", 1)]
    [InlineData("A not json B [C]", "ABC", 1)]
    [InlineData("A\n<alert/>\n<alert/>\n", "A", 1)]
    [InlineData("X\nA\nX\nX\nB", "AB", 3)]
    [InlineData("A X B", "AB", 1)]
    [InlineData("{'features': [A, X, B]}{'features': [C]}", "ABC", 2)]
    [InlineData("{'features': [\nA,\nX,\nB\n]}\nC", "ABC", 2)]
    [InlineData("{'features': [A, B], 'title': ", "AB", 1)]
    [InlineData("{'x': 1}\n{'y': 2}\nA", "A", 2)]
    [InlineData("X [[[[[ A", "A", 1)]
    public void Whole_messages_of_a_file_are_stored_and_the_rest_is_set_aside(string form, string ids, int setAside)
    {
        var text = string.Concat(form.Replace('\'', '"').Select(part => part switch
        {
            >= 'A' and <= 'D' => Feature($"{part}").ReplaceLineEndings(" "),
            'X' => Feature()[..200].ReplaceLineEndings(" "),
            _ => $"{part}",
        }));
        var result = Take(text);
        Assert.Equal((ids.Length + setAside, ids.Length, setAside),
            (result.Received, result.Stored, result.Quarantined));
        var stored = here.Read(db => ActiveHazards.Between(db, here.Clock.Now(), 0, long.MaxValue));
        Assert.Equal(ids, string.Concat(stored.Select(hazard => hazard.AlertId).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("[\n")]
    [InlineData("{\"a\":")]
    public void Hostile_nesting_is_read_in_time_proportional_to_its_size(string part)
    {
        var text = Feature() + "\n" + string.Concat(Enumerable.Repeat(part, 300_000));
        Assert.Equal(1, Take(text).Stored);
    }

    [Theory]
    [InlineData("/O.NEW.KBOU.WS.W.0007.251231T1800Z-260101T0600Z/", "KBOU.WS.W.0007.2026")]
    [InlineData("/O.CON.KBOU.FL.W.0007.251231T1800Z-000000T0000Z/", "KBOU.FL.W.0007.2025")]
    [InlineData("/O.CON.KBOU.FL.W.0007.000000T0000Z-000000T0000Z/", "KBOU.FL.W.0007.2026")]
    [InlineData(
        "/O.UPG.KBOU.WS.A.0003.260314T1800Z-260315T0600Z/\", \"/O.NEW.KBOU.IS.W.0001.260314T1800Z-260315T0600Z/",
        "KBOU.IS.W.0001.2026")]
    [InlineData("not a code", "m1")]
    public void Hazard_of_a_message_is_identified_by_its_vtec(string vtec, string key)
    {
        Take(Feature(properties: $$""", "parameters": {"VTEC": ["{{vtec}}"]} """));
        Assert.Equal(key, here.One<string>("SELECT event_key FROM alert"));
    }

    private ImportResult Take(string text) => here.Import(Import.Alerts, text);
}
