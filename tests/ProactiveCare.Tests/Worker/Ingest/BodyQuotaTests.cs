using System.Net.Sockets;
using System.Text;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Ingest;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Tests.Worker.Ingest;

public sealed class BodyQuotaTests(NarrowPostOffice office) : IClassFixture<NarrowPostOffice>
{
    [Fact]
    public void Producer_gets_half_of_the_quota_and_unused_quota_is_given_again()
    {
        var room = new BodyQuota(new IngestLimits(BodyQuota.Piece * 4, BodyQuota.Piece * 8));
        for (var i = 0; i < 5; i++) Assert.True(room.TryTake("greedy"));
        Assert.False(room.TryTake("greedy"));
        for (var i = 0; i < 3; i++) Assert.True(room.TryTake("modest"));
        Assert.False(room.TryTake("late"));
        room.Leave("greedy", 5);
        Assert.True(room.TryTake("late"));
        Assert.Equal(4, room.Taken);
    }

    [Fact]
    public async Task Full_quota_is_answered_with_a_retry_time()
    {
        var (holding, answer) = await Refused();
        Assert.Equal((429, "1", "application/problem+json"), (answer.Status, answer.RetryAfter, answer.Type));
        Assert.Contains("after Retry-After", answer.Text);
        holding.Close(0);
        for (var i = 0; i < 200 && answer.Status == 429; i++)
        {
            await Task.Delay(50);
            answer = await office.Post("contacts", Large());
        }
        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task Largest_body_is_accepted_and_one_byte_more_is_refused()
    {
        var body = Large();
        Array.Resize(ref body, 1 << 20);
        body.AsSpan(Large().Length).Fill((byte)'\n');
        Assert.Equal("1 0 0 0 1", (await office.Post("contacts", body)).Counts);
        Assert.Equal("1 0 0 0 1", (await office.Post("contacts", PostOffice.Gzip(body), encoding: "gzip")).Counts);
        Array.Resize(ref body, (1 << 20) + 1);
        Assert.Equal(413, (await office.Post("contacts", body)).Status);
        Assert.Equal(413, (await office.Post("contacts", PostOffice.Gzip(body), encoding: "gzip")).Status);
    }

    [Theory]
    [InlineData("""{ "Ingest": { "LargestBody": 60, "Room": 100 } }""", "must be at least twice Ingest:LargestBody")]
    [InlineData("""{ "Ingest": { "LargestBody": 0 } }""", "Ingest:LargestBody must be between 1 and 512")]
    public void Contradictory_settings_are_refused(string settings, string words)
    {
        office.Desk.File("wrong.json", settings);
        Assert.Contains(words, office.Desk.Run("health --settings wrong.json").Error);
    }

    [Fact]
    public void Failed_storage_is_never_acknowledged()
    {
        var full = new StorageException("The database did not confirm a write: the disk is full");
        var refusal = ProblemException.Of(full)!;
        Assert.Equal((503, 30), (refusal.Status, refusal.RetryAfter));
        Assert.Contains("disk is full", refusal.Message);
        Assert.Contains("Send the same body again", refusal.Message);
        Assert.Null(ProblemException.Of(new InvalidOperationException("a bug")));
    }

    private static byte[] Large() => Encoding.UTF8.GetBytes(new string('x', 900_000) + "\n");

    // The held body may arrive after the next one; that one then gets the quota, and the held one is refused.
    private async Task<(Socket Holding, Answered Answer)> Refused()
    {
        for (var i = 0; i < 20; i++)
        {
            var holding = await office.Connect();
            await holding.SendAsync(office.Head("Content-Length: 1000000\r\n"));
            await holding.SendAsync(new byte[600_000]);
            while (!holding.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead))
            {
                var answer = await office.Post("contacts", Large());
                if (answer.Status == 429) return (holding, answer);
            }
            holding.Close(0);
        }
        throw new InvalidOperationException("Nobody was refused.");
    }
}
