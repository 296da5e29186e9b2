using System.Net.Sockets;
using System.Text;
using Dapper;

namespace ProactiveCare.Tests.Worker.Ingest;

/// <summary>Malformed bodies: each gets an answer with the reason, and the worker continues.</summary>
public sealed class HostileBodyTests(PostOffice office) : IClassFixture<PostOffice>
{
    private static readonly byte[] Good = Encoding.UTF8.GetBytes(PostOffice.Contact("good"));

    public static TheoryData<string, string, string> Lines => new()
    {
        { "NUL", "{\"contact_id\":\"n\0\"}", "NUL" },
        { "an escaped NUL", PostOffice.Contact("n", "\\u0000"), "NUL" },
        { "half a surrogate pair", PostOffice.Contact("n", "\\ud800"), "not valid Unicode" },
        { "100 kB of [", "{}" + new string('[', 100_000), "not valid JSON" },
        { "100 kB of {", new string('{', 100_000), "not valid JSON" },
        { "100 kB of nested arrays", "{\"contact_id\":" + new string('[', 100_000), "contact_id is not a plain value" },
        { "a huge number", PostOffice.Contact("n").Replace("\"t\"", "1e999999", StringComparison.Ordinal), "" },
        { "NaN", PostOffice.Contact("n").Replace("\"t\"", "NaN", StringComparison.Ordinal), "not valid JSON" },
        { "a name twice", """{"contact_id":"n","contact_id":"m"}""", "names contact_id twice" },
        { "no object", "3", "no JSON object" },
        { "a lone brace", "}", "not valid JSON" },
        { "an absurd year", PostOffice.Contact("n", at: "9999-12-31T23:59:59Z"), "after the time of this import" },
        { "1970", PostOffice.Contact("n", at: "1970-01-01T00:00:00Z"), "before the year 2000" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Bad_line_is_quarantined_alone(string name, string line, string reason)
    {
        var answer = await office.Post(
            "contacts", PostOffice.Contact(name + "1") + line.TrimEnd('\n') + "\r\n" + PostOffice.Contact(name + "2"));
        Assert.Equal(200, answer.Status);
        // A number is as good a topic as a word.
        if (reason.Length == 0) Assert.Equal("3 3 0 0 0", answer.Counts);
        else Assert.Equal("3 2 0 0 1", answer.Counts);
        if (reason.Length > 0)
            Assert.Contains(reason, answer.Json.GetProperty("firstQuarantined")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Invalid_bytes_a_byte_order_mark_and_both_line_ends_are_recognised()
    {
        var row = Encoding.UTF8.GetBytes(PostOffice.Contact("bom"));
        byte[] bad = [0xEF, 0xBB, 0xBF, .. row, .. "\r\n{\"contact_id\":\""u8, 0xC3, 0x28, .. "\"}\r\n"u8];
        Assert.Equal("2 1 0 0 1", (await office.Post("contacts", bad)).Counts);
        byte[] wide = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(PostOffice.Contact("wide"))];
        var refused = await office.Post("contacts", wide);
        Assert.Equal(422, refused.Status);
        Assert.Contains("UTF-16", refused.Text);
    }

    [Fact]
    public async Task Line_of_50_MB_is_quarantined_alone()
    {
        byte[] body = [.. Good, .. new byte[50 << 20], (byte)'\n', .. "{\"contact_id\":\"\"}\n"u8];
        body.AsSpan(Good.Length, 50 << 20).Fill((byte)'x');
        var answer = await office.Post("contacts", body);
        Assert.Equal(3, answer.Json.GetProperty("received").GetInt32());
        Assert.Equal(2, answer.Json.GetProperty("quarantined").GetInt32());
        Assert.Contains("longer than 1 MiB", answer.Text);
    }

    [Fact]
    public async Task Truncated_compressed_body_stores_nothing()
    {
        var whole = PostOffice.Gzip(Encoding.UTF8.GetBytes(PostOffice.Contact("cut") + PostOffice.Contact("cut2")));
        for (var length = 1; length < whole.Length; length++)
        {
            var answer = await office.Post("contacts", whole[..length], encoding: "gzip");
            Assert.Equal((400, length), (answer.Status, length));
            Assert.Contains("not whole gzip", answer.Text);
        }
        byte[] trailing = [.. whole, .. "trailing"u8];
        Assert.Equal(400, (await office.Post("contacts", trailing, encoding: "gzip")).Status);
        Assert.Equal(400, (await office.Post("contacts", Good, encoding: "gzip")).Status);
        whole[^5] ^= 1;
        Assert.Equal(400, (await office.Post("contacts", whole, encoding: "gzip")).Status);
        Assert.Equal(0, Like("cut%"));
    }

    [Fact]
    public async Task Body_over_the_limit_once_decompressed_is_refused_whole()
    {
        var bomb = PostOffice.Gzip([.. Good, .. new byte[70 << 20]]);
        Assert.InRange(bomb.Length, 1, 1 << 20);
        var answer = await office.Post("contacts", bomb, encoding: "gzip");
        Assert.Equal(413, answer.Status);
        Assert.Contains("64 MiB, unpacked. Nothing of it was stored", answer.Text);
    }

    [Theory]
    [InlineData("Content-Length: 70000000\r\n", "", "413")]
    [InlineData("Transfer-Encoding: chunked\r\n", "zz\r\nnonsense", "400")]
    [InlineData("Transfer-Encoding: chunked\r\n", "5\r\n{\"a\"", "")]
    [InlineData("Transfer-Encoding: chunked\r\n", "-1\r\n\r\n", "400")]
    [InlineData("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\n", "400")]
    [InlineData("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "200")]
    [InlineData("Content-Length: -5\r\n", "", "400")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n", "{\"a\":", "400")]
    [InlineData("Content-Length: 100\r\n", "{\"contact_id\":\"short\"", "")]
    [InlineData("", "", "200")]
    public async Task Body_that_contradicts_its_headers_stores_nothing(string head, string body, string status)
    {
        var before = Rows();
        var broken = status.Length == 0;
        var answer = await office.Raw([.. office.Head(head), .. Encoding.Latin1.GetBytes(body)], ends: broken);
        Assert.StartsWith(broken ? "" : $"HTTP/1.1 {status} ", answer);
        Assert.DoesNotContain("HTTP/1.1 5", answer);
        Assert.DoesNotContain("   at ", answer);
        Assert.Equal(before, Rows());
        Assert.Equal(200, (await office.Post("contacts", Good)).Status);
    }

    [Fact]
    public async Task Too_small_content_length_truncates_the_body_and_quarantines_the_half_row()
    {
        var body = PostOffice.Contact("lie1") + PostOffice.Contact("lie2");
        var head = office.Head($"Content-Length: {body.Length - 20}\r\n");
        var answer = await office.Raw([.. head, .. Encoding.UTF8.GetBytes(body)]);
        Assert.Contains("\"received\":2,\"stored\":1,", answer);
        Assert.Equal((1, 0), (Like("lie1"), Like("lie2")));
    }

    [Fact]
    public async Task Endless_or_oversized_headers_are_refused()
    {
        var answer = await office.Raw(
            office.Head("X: " + new string('x', 40_000) + "\r\n"));
        Assert.StartsWith("HTTP/1.1 431 ", answer);
    }

    [Fact]
    public async Task Slow_body_times_out_and_stores_nothing()
    {
        var before = Rows();
        using var socket = await office.Connect();
        await socket.SendAsync(office.Head("Content-Length: 100000\r\n"));
        var answer = PostOffice.All(socket);
        for (var i = 0; i < 200 && !answer.IsCompleted; i++)
        {
            try
            {
                await socket.SendAsync("{"u8.ToArray());
            }
            catch (SocketException)
            {
                break;
            }
            await Task.Delay(100);
        }
        Assert.StartsWith("HTTP/1.1 408 ", await answer);
        Assert.Equal(before, Rows());
    }

    private long Like(string id) => office.Read(db => db.ExecuteScalar<long>(
        "SELECT count(*) FROM contact WHERE contact_id LIKE @id", new { id }));

    // Count the stored rows: on PostgreSQL the rows of an earlier test may still wait for their arrival numbers.
    private long Rows() => office.Read(db => db.ExecuteScalar<long>("SELECT count(*) FROM contact"));
}
