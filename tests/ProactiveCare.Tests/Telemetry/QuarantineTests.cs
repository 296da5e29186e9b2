using System.Text;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>Every reason of quarantine, once.</summary>
public sealed class QuarantineTests : IDisposable
{
    private const string Good =
        """{"session_id":"s","customer_id":"c","content_id":"v","title":"t",""" + " "
        + """ "started_at":"2026-03-14T10:00:00Z",""" + " "
        + """ "ended_at":"2026-03-14T11:00:00Z","watch_seconds":600,"stall_seconds":1,"stall_count":1,""" + " "
        + """ "startup_failed":false}""";

    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Theory]
    [InlineData("600", "NaN", "it is not valid JSON")]
    [InlineData("600", "\"NaN\"", "watch_seconds 'NaN' is not a")]
    [InlineData("600", "\"Infinity\"", "watch_seconds 'Infinity' is not a")]
    [InlineData("600", "1e999", "watch_seconds '1e999' is more than 2592000 seconds (30 days)")]
    [InlineData("600", "-1", "watch_seconds '-1' is negative")]
    [InlineData("600", "2592001", "watch_seconds '2592001' is more than 2592000 seconds (30 days)")]
    [InlineData("600", "\"1,5\"", "watch_seconds '1,5' has a comma")]
    [InlineData("600", "{}", "watch_seconds is not a plain value")]
    [InlineData("600", "null", "watch_seconds is empty")]
    [InlineData("\"stall_count\":1", "\"stall_count\":1.5", "stall_count '1.5' is not a whole number")]
    [InlineData("\"stall_count\":1", "\"stall_count\":-1", "stall_count '-1' is negative")]
    [InlineData("\"stall_count\":1", "\"stall_count\":1000001", "stall_count '1000001' is more than 1000000")]
    [InlineData("\"stall_seconds\":1,", "\"stall_seconds\":601.5,",
        "stall_seconds is more than watch_seconds, which includes the stalls")]
    [InlineData("T11:00:00Z", "T09:59:59Z", "it ended before it started")]
    [InlineData("T10:00:00Z", "T10:00:00", "has no offset from UTC, so that it can be any of many instants: write ISO")]
    [InlineData("2026-03-14T10", "2026-02-30T10", "has a day that its month does not have")]
    [InlineData("2026-03-14T10:00:00Z", "1970-01-01T00:00:00Z",
        "started_at '1970-01-01T00:00:00Z' is before the year 2000")]
    [InlineData("T11:00:00Z", "T13:00:01Z",
        "ended_at '2026-03-14T13:00:01Z' is more than 1 hour after the time of this import")]
    [InlineData("false", "2", "startup_failed '2' is not true or false")]
    [InlineData("\"session_id\":\"s\"", "\"session_id\":\"a\\u0001\"", "session_id has a control character")]
    [InlineData("\"title\":\"t\"", "\"title\":\"a\\u0000\"", "it contains a NUL character")]
    [InlineData("\"title\":\"t\"", "\"title\":\"\\ud800\"", "it has text that is not valid Unicode")]
    [InlineData("\"title\":\"t\"", "\"title\":\"t\",\"title\":\"u\"", "it names title twice")]
    [InlineData("\"title\":\"t\"", "\"titel\":\"t\"", "it has the unknown name 'titel'")]
    [InlineData("false}", "false} {}", "it is not valid JSON")]
    [InlineData("false}", "false", "it is not valid JSON")]
    public void Invalid_session_is_quarantined_alone(string part, string wrong, string reason)
    {
        Assert.Contains(part, Good, StringComparison.Ordinal);
        var bad = Good.Replace(part, wrong, StringComparison.Ordinal);
        var result = here.Import("sessions", Good.Replace("\"s\"", "\"before\"", StringComparison.Ordinal) + "\n" + bad
            + "\n" + Good);
        Assert.Equal("3 = 2 stored + 0 revised + 0 duplicate + 1 quarantined", result.Counts());
        Assert.Equal(2, result.FirstQuarantined.Single().Line);
        Assert.Contains(reason, result.FirstQuarantined.Single().Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]", "it is no JSON object")]
    [InlineData("hello", "it is not valid JSON")]
    public void Line_that_is_no_object_is_quarantined(string line, string reason) =>
        Assert.Contains(reason, here.Import("sessions", Good + "\n" + line).FirstQuarantined.Single().Reason);

    [Fact]
    public void Bytes_that_are_no_text_are_quarantined()
    {
        var header = Encoding.UTF8.GetBytes("contact_id,customer_id,contacted_at,topic\n");
        byte[] Row(params byte[] topic) => [.. "a,c,2026-03-14T10:00:00Z,"u8, .. topic, (byte)'\n'];
        var result = here.Import("contacts",
            [.. header, .. Row(0xC3, 0x28), .. Row((byte)'a', 0), .. Row((byte)'"', (byte)'a', (byte)'"', (byte)'b')]);
        Assert.Equal(
            ["it is not valid UTF-8", "it contains a NUL character", "field 4 goes on after its closing quote"],
            result.FirstQuarantined.Select(q => q.Reason));
    }

    [Theory]
    [InlineData("c,a@b.example,N,en-US,,active,,9.99,", "monthly_charge needs a currency")]
    [InlineData("c,a@b.example,N,en-US,,active,,9.999,USD", "monthly_charge: '9.999' has more decimals than USD has")]
    [InlineData("c,a@b.example,N,en-US,,active,,-1,USD", "monthly_charge '-1' is negative")]
    [InlineData("c,a@b.example,N,en-US,,active,,1,XXQ", "currency 'XXQ' is not a currency")]
    [InlineData(",a@b.example,N,en-US,,active,,,", "customer_id is empty")]
    public void Invalid_customer_is_quarantined(string row, string reason) => Assert.Contains(
        reason,
        here.Import("customers", "customer_id,email,name,locale,time_zone,status,plan,monthly_charge,currency\n" + row)
            .FirstQuarantined.Single().Reason,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("c,a@b.example,N,xx-Nowhere,,active,,,", "locale 'xx-Nowhere' is not a locale like en-US")]
    [InlineData("c,a@b.example,N,en-US,Mars/Base,active,,,",
        "time_zone 'Mars/Base' is not a time zone like America/Denver")]
    [InlineData("c,a@b.example,N,en-US,UTC+05,active,,,", "time_zone 'UTC+05' is not a time zone like America/Denver")]
    [InlineData("c,nobody,N,en-US,,active,,,", "email 'nobody' is not an address that mail can be sent to")]
    [InlineData("c,a@b.example,LONG,en-US,,active,,,", "name is longer than 1000 bytes")]
    [InlineData("c,nobody,N,en,Mars,active,,,",
        "email 'nobody' is not an address that mail can be sent to; time_zone 'Mars' is not a time zone")]
    public void Value_that_only_a_notice_needs_is_left_out_and_the_customer_stored(string row, string reason)
    {
        var result = here.Import(
            "customers", "customer_id,email,name,locale,time_zone,status,plan,monthly_charge,currency\n"
            + row.Replace("LONG", new string('x', 1001), StringComparison.Ordinal));
        Assert.Equal("1 = 1 stored + 0 revised + 0 duplicate + 0 quarantined", result.Counts());
        Assert.Equal((1, 2), (result.LeftOut, result.FirstLeftOut.Single().Line));
        Assert.StartsWith(reason, result.FirstLeftOut.Single().Reason, StringComparison.Ordinal);
        var kept = here.Read(db => Quarantine.LeftOut(db, new QuarantineFilter(Kind: "customers"), 10)).Single();
        Assert.Equal(("c", result.FirstLeftOut.Single().Reason), (kept.Id, kept.Reason));
        here.Import("customers", "customer_id,status\nc,active");
        Assert.Empty(here.Read(db => Quarantine.LeftOut(db, new QuarantineFilter(), 10)));
    }

    [Theory]
    [InlineData("p,c,91,0,,", "latitude '91' is not between -90 and 90 degrees")]
    [InlineData("p,c,0,-181,,", "longitude '-181' is not between -180 and 180 degrees")]
    [InlineData("p,c,x,0,,", "latitude 'x' is not a number")]
    [InlineData("p,c,1,,,", "latitude and longitude must both be given, or neither")]
    [InlineData("p,c,,,815,", "county_fips '815' is not a county code of five digits")]
    [InlineData("p,c,,,,CO36", "forecast_zone 'CO36' is not a forecast zone like COZ036")]
    public void Invalid_premises_is_quarantined(string row, string reason) => Assert.Contains(
        reason,
        here.Import("premises", "premises_id,customer_id,latitude,longitude,county_fips,forecast_zone\n" + row)
            .FirstQuarantined.Single().Reason,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("{x", false)]
    [InlineData("\"{\"\"a\"\":1,\"\"a\"\":2}\"", false)]
    [InlineData("\"{\"\"a\"\": [1, 2]}\"", true)]
    public void Data_of_an_event_is_json(string data, bool good)
    {
        var result = here.Import("events",
            "event_id,kind,customer_id,subject,occurred_at,data\ne,k,c,s,2026-03-14T10:00:00Z," + data);
        Assert.Equal(good ? 1 : 0, result.Stored);
        if (good) Assert.Equal("""{"a":[1,2]}""", here.One<string>("SELECT data FROM event"));
        else Assert.Contains("is not valid JSON", result.FirstQuarantined.Single().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Event_of_ndjson_brings_its_data_as_an_object_or_as_text_of_json()
    {
        const string Row = """{"event_id":"ID","kind":"k","customer_id":"c","subject":"s","data":DATA,""" + " "
            + """ "occurred_at":"2026-03-14T10:00:00Z"}""";
        string With(string id, string data) =>
            Row.Replace("ID", id, StringComparison.Ordinal).Replace("DATA", data, StringComparison.Ordinal);
        Assert.Equal(1, here.Import("events", With("e", """{"a": "b"}""")).Stored);
        Assert.Equal(1, here.Import("events", With("e", "\"{\\\"a\\\":\\\"b\\\"}\"")).Duplicate);
    }

    [Theory]
    [InlineData("a@b.example", true)]
    [InlineData("first.last+tag@mail.b.example", true)]
    [InlineData("ö@müller.example", true)]
    [InlineData("taro..sample@docomo.example", true)]
    [InlineData("taro.@docomo.example", true)]
    [InlineData("\"taro sample\"@b.example", true)]
    [InlineData("\"a@\\\"b\\\\\"@b.example", true)]
    [InlineData("\"a\"b\"@b.example", false)]
    [InlineData("\"a\\\"@b.example", false)]
    [InlineData("\"\"@b.example", false)]
    [InlineData("\"a\r\nBcc: x\"@y.example", false)]
    [InlineData("a@b", false)]
    [InlineData("a b@c.example", false)]
    [InlineData("a@b.example\r\nBcc: x@y.example", false)]
    [InlineData("a@b..example", false)]
    [InlineData(".a@b.example", false)]
    [InlineData("a@-b.example", false)]
    [InlineData("Name <a@b.example>", false)]
    public void Address_is_usable_when_mail_can_be_sent_to_it(string address, bool usable) =>
        Assert.Equal(usable, EmailAddress.IsUsable(address));
}
