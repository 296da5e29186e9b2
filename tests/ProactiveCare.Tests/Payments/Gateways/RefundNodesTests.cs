using Dapper;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Payments.Gateways;

/// <summary>Two workers on one database that write refund files to one folder.</summary>
public sealed class RefundNodesTests : IDisposable
{
    private const int Credits = 40;

    private readonly Paying paying;
    private readonly DataFolder elsewhere;
    private readonly Store other;

    public RefundNodesTests()
    {
        TestDatabase.SkipUnlessServer();
        paying = new Paying();
        elsewhere = new DataFolder(paying.Here.Folder.Path + "-b") { Server = paying.Here.Folder.Server };
        other = Store.Open(elsewhere, paying.Here.Clock);
    }

    public void Dispose()
    {
        other.Dispose();
        paying.Dispose();
        if (Directory.Exists(elsewhere.Path)) Directory.Delete(elsewhere.Path, recursive: true);
    }

    [Fact]
    public async Task Two_nodes_settling_at_once_write_each_credit_to_one_file_and_settle_it_once()
    {
        for (var i = 0; i < Credits; i++) paying.Create(paying.Refund("1.00", (i % 3) + 1));

        var sent = await Both();

        Assert.All(sent, report => Assert.Empty(report.Troubles));
        Assert.Equal(Credits, sent.Sum(report => report.Sent));
        var files = Directory.GetFiles(paying.Inside("out"));
        Assert.All(files, file => Assert.EndsWith(".csv", file, StringComparison.Ordinal));
        var lines = files.SelectMany(file => File.ReadLines(file).Skip(1)).ToList();
        Assert.Equal(Credits, lines.Count);
        Assert.Equal(Credits, lines.Select(line => line.Split(',')[0]).Distinct().Count());

        foreach (var file in files)
        {
            paying.Answer(
                Path.GetFileNameWithoutExtension(file) + ".ack.csv",
                [.. File.ReadLines(file).Skip(1).Select(line => line.Split(',')[0] + ",accepted,B,")]);
        }
        var settled = await Both();

        Assert.All(settled, report => Assert.Empty(report.Troubles));
        Assert.Equal(Credits, settled.Sum(report => report.Settled));
        var notes = paying.Here.Read(db => db.Query<string>(
            "SELECT detail FROM audit WHERE action = 'test.note'").AsList());
        Assert.Equal((Credits, Credits), (notes.Count, notes.Distinct().Count()));
        Assert.Empty(Directory.GetFiles(paying.Inside("in")));
        Assert.Equal(files.Length, Directory.GetFiles(paying.Inside("in", "done")).Length);
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Two_nodes_that_read_a_growing_answer_settle_each_line_once()
    {
        for (var i = 0; i < Credits; i++) paying.Create(paying.Refund("1.00", (i % 3) + 1));
        Settlement[] nodes = [.. Enumerable.Range(0, 2).Select(_ => paying.Settlement(paying.RefundFiles()))];
        await Step();
        var random = new Random(5);
        var text = "credit_id,status,reference\n"
            + string.Concat(Enumerable.Range(1, Credits).Select(i => $"{i},accepted,B-{i}{i}\n"));
        var settled = 0;
        for (var at = 0; at < text.Length;)
        {
            var portion = Math.Min(random.Next(1, 90), text.Length - at);
            File.AppendAllText(paying.Inside("in", "refunds-000001.ack.csv"), text.AsSpan(at, portion));
            at += portion;
            settled += (await Step()).Sum(report => report.Settled);
        }
        Assert.Equal(Credits, settled);
        Assert.Equal(Credits, paying.Notes().Distinct().Count());
        Assert.All(
            Enumerable.Range(1, Credits), i => Assert.Equal($"B-{i}{i}", paying.Get(new CreditId(i)).Reference));
        Assert.Empty(Directory.GetFiles(paying.Inside("in")));
        Assert.Single(Directory.GetFiles(paying.Inside("in", "done")));
        Assert.Empty(paying.Problems());

        Task<SettlementReport[]> Step() => Task.WhenAll(nodes.Zip([paying.Here.Store, other]).Select(
            node => Task.Run(() => node.First.RunOnce(node.Second))));
    }

    [Fact]
    public async Task Refund_elsewhere_that_races_a_settling_node_lowers_the_credit_or_is_an_alarm()
    {
        for (var round = 0; round < 6; round++)
        {
            using var world = new Paying();
            using var node = Store.Open(
                new DataFolder(world.Here.Folder.Path + "-b") { Server = world.Here.Folder.Server }, world.Here.Clock);
            var id = world.Create(world.Refund("4.99"));
            var settling = Task.Run(() => world.Settlement(world.RefundFiles()).RunOnce(node));
            Assert.Equal("stored", await Task.Run(() => world.Elsewhere("r", "4.99")));
            Assert.Empty((await settling).Troubles);
            var left = Directory.GetFiles(world.Inside("out")).Length;
            Assert.Equal(left * 499, world.Twice());
            Assert.Equal(left == 1 ? CreditState.Settling : CreditState.Reversed, world.Get(id).State);
            Assert.Empty(world.Problems());
        }
    }

    private Task<SettlementReport[]> Both() => Task.WhenAll(new[] { paying.Here.Store, other }.Select(
        store => Task.Run(() => paying.Settlement(paying.RefundFiles(maxLines: 3)).RunOnce(store))));
}
