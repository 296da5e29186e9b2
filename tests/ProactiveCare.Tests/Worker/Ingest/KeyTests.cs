using System.Text;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Worker.Ingest;

public sealed class KeyTests(PostOffice office) : IClassFixture<PostOffice>
{
    [Fact]
    public async Task Missing_unknown_or_repeated_key_is_refused()
    {
        var other = (await office.Desk.Type("producers add other --json")).Json.GetProperty("key").GetString()!;
        string[] headers =
        [
            "",
            "Authorization: \r\n",
            "Authorization: Bearer\r\n",
            "Authorization: Bearer nonsense\r\n",
            $"Authorization: Bearer {office.Key.ToUpperInvariant()}\r\n",
            $"Authorization: Bearer {office.Key[..^1]}\r\n",
            $"Authorization: Bearer {office.Key} {office.Key}\r\n",
            $"Authorization: Basic {office.Key}\r\n",
            $"Authorization: Bearer {office.Key}\r\nAuthorization: Bearer {other}\r\n",
            $"Authorization: Bearer {office.Key}\r\nAuthorization: Bearer {office.Key}\r\n",
        ];
        foreach (var header in headers)
        {
            var answer = await office.Raw(Encoding.Latin1.GetBytes(
                "POST /telemetry/contacts HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\n"
                + $"{header}\r\n"));
            Assert.StartsWith("HTTP/1.1 401 ", answer);
            Assert.Contains("WWW-Authenticate: Bearer", answer);
            Assert.Contains("application/problem+json", answer);
            Assert.DoesNotContain("stored\":", answer);
        }
        Assert.Equal(200, (await office.Post("contacts", "")).Status);
    }

    [Fact]
    public async Task Disabled_producer_is_refused_within_a_second_and_its_old_key_does_not_come_back()
    {
        var first = await Add("brief");
        Assert.Equal(200, await Status(first));
        Assert.Equal(0, (await office.Desk.Type("producers disable brief")).Code);
        for (var i = 0; i < 100 && await Status(first) == 200; i++) await Task.Delay(50);
        Assert.Equal(401, await Status(first));
        var second = await Add("brief");
        Assert.Equal((401, 200), (await Status(first), await Status(second)));
        Assert.Contains("no active producer", (await office.Desk.Type("producers disable nobody")).Error);
    }

    [Fact]
    public async Task Second_key_works_beside_the_first_and_a_third_ends_the_first()
    {
        var (first, second) = (await Add("fleet"), await Add("fleet"));
        Assert.Equal((200, 200), (await Status(first), await Status(second)));
        var third = await Add("fleet");
        for (var i = 0; i < 100 && await Status(first) == 200; i++) await Task.Delay(50);
        Assert.Equal((401, 200, 200), (await Status(first), await Status(second), await Status(third)));
    }

    [Fact]
    public async Task Refused_key_is_in_the_audit_log_with_the_address_it_came_from()
    {
        Assert.Equal(401, await Status("pc_wrong"));
        await RunningWorker.Until(() => Refusals() is [var first, ..]
            && first.Contains("\"from\":\"127.0.0.1\"", StringComparison.Ordinal));
        Assert.DoesNotContain(Refusals(), detail => detail.Contains("pc_wrong", StringComparison.Ordinal));

        IReadOnlyList<string> Refusals()
        {
            using var store = Store.OpenReadOnly(office.Desk.Folder);
            return [.. store.Read(db => AuditLog.After(db, 0)).Where(line => line.Action == "key.refuse")
                .Select(line => line.Detail)];
        }
    }

    [Theory]
    [InlineData("Player")]
    [InlineData("-x")]
    [InlineData("a/b")]
    [InlineData("é")]
    public void Name_that_is_hard_to_type_is_refused(string name) =>
        Assert.Contains("is no name for a producer", office.Desk.Run($"producers add -- {name}").Error);

    [Fact]
    public void Key_is_stored_nowhere()
    {
        var key = Encoding.UTF8.GetBytes(office.Key);
        foreach (var file in Directory.EnumerateFiles(office.Desk.Folder.Path))
        {
            if (Path.GetExtension(file) is ".sock" or ".lock") continue;
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            Assert.True(bytes.ToArray().AsSpan().IndexOf(key) < 0, file);
        }
    }

    private async Task<string> Add(string name) =>
        (await office.Desk.Type($"producers add {name} --json")).Json.GetProperty("key").GetString()!;

    private async Task<int> Status(string key) => (await office.Post("contacts", [], key: key)).Status;
}
