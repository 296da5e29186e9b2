using System.Text;
using Dapper;
using FsCheck;
using FsCheck.Fluent;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests.Telemetry;
using ProactiveCare.Worker;

namespace ProactiveCare.Tests.Worker.Ingest;

/// <summary>Properties of every body under any mutation. The random values are the same in every run.</summary>
public sealed class PostPropertyTests(PostOffice office) : IClassFixture<PostOffice>
{
    private static readonly Config Repeatable =
        Config.QuickThrowOnFailure.WithReplay(20_260_314UL, 5UL).WithMaxTest(60).WithQuietOnSuccess(true);

    private static readonly byte[] Rows =
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 12).Select(i => PostOffice.Contact($"m{i}"))));

    [Fact]
    public async Task Posted_hostile_file_is_counted_like_an_imported_one()
    {
        var key = office.Desk.Run("producers add posting --json").Json.GetProperty("key").GetString()!;
        foreach (var file in HostileFile.All.Where(file => Import.TelemetryKinds.Contains(file.Kind)))
        {
            var bytes = file.Bytes;
            var path = Path.Combine(office.Desk.Path, "hostile.ndjson");
            await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
            var imported = await office.Desk.Type($"import {file.Kind} hostile.ndjson --source beside --json");
            var posted = await office.Post(file.Kind, bytes, type: null, key: key);
            Assert.Equal((file.Name, imported.Code == Failures.WrongUse ? 422 : 200), (file.Name, posted.Status));
            if (imported.Code != Failures.WrongUse)
                Assert.Equal((file.Name, new Answered(200, "", null, imported.Json[0].GetRawText()).Counts),
                    (file.Name, posted.Counts));
            else
                Assert.Equal(imported.Error.Trim(), posted.Json.GetProperty("detail").GetString()!.Trim());
        }
        string[] imports = Rows("beside"), posts = Rows("posting");
        Assert.NotEmpty(imports);
        Assert.Equal(imports, posts);

        string[] Rows(string source) => office.Read(db => db.Query<(string Id, long Revision, byte[] Hash)>(
            """
            SELECT id, revision, content_hash FROM (
              SELECT 'session ' || session_id AS id, revision, content_hash, source FROM session
              UNION ALL SELECT 'event ' || event_id, revision, content_hash, source FROM event
              UNION ALL SELECT 'contact ' || contact_id, revision, content_hash, source FROM contact) AS received
            WHERE source = @source ORDER BY id, revision
            """,
            new { source }).Select(row => $"{row.Id} {row.Revision} {Convert.ToHexString(row.Hash)}").ToArray());
    }

    [Fact]
    public void Rows_of_a_mutated_body_are_counted_and_repeats_are_duplicates() =>
        Prop.ForAll(
            Mutation.Some, mutations => IsAccountedFor(Mutation.Spoil(Rows, mutations), null)).Check(Repeatable);

    [Fact]
    public void Mutated_compressed_body_is_accepted_whole_or_not_at_all()
    {
        var packed = PostOffice.Gzip(Rows);
        Prop.ForAll(
            Mutation.Some, mutations => IsAccountedFor(Mutation.Spoil(packed, mutations), "gzip")).Check(Repeatable);
    }

    [Fact]
    public void Random_bytes_never_cause_a_server_error()
    {
        var bytes = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();
        Prop.ForAll(Arb.From(bytes), body => IsAccountedFor(body, null)).Check(Repeatable);
    }

    private void IsAccountedFor(byte[] body, string? encoding)
    {
        var first = Post(body, encoding);
        Assert.Contains(first.Status, new[] { 200, 400, 422 });
        if (first.Status != 200)
        {
            Assert.Equal("application/problem+json", first.Type);
            Assert.DoesNotContain("   at ", first.Text);
            return;
        }
        long[] counts = [.. first.Counts.Split(' ').Select(long.Parse)];
        Assert.Equal(counts[0], counts[1..].Sum());
        long[] again = [.. Post(body, encoding).Counts.Split(' ').Select(long.Parse)];
        Assert.Equal((counts[0], 0L), (again[0], again[1]));
        // Two contents of one id within a body revise each other every time.
        if (counts[2] == 0) Assert.Equal((0L, counts[1] + counts[3], counts[4]), (again[2], again[3], again[4]));
        Assert.All(
            office.Read(db => db.Query<(string Id, string? Customer, string? Topic, long At)>(
                "SELECT contact_id, customer_id, topic, contacted_at FROM contact").AsList()),
            contact =>
            {
                foreach (var word in (string?[])[contact.Id, contact.Customer, contact.Topic])
                    Assert.False(word is "" || word?.Contains('\0') == true, word);
                Assert.True(contact.At >= 946684800000);
            });
    }

    private Answered Post(byte[] body, string? encoding) =>
        office.Post("contacts", body, encoding: encoding).GetAwaiter().GetResult();
}
