using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests.Telemetry;

namespace ProactiveCare.Tests.Access;

public sealed class ProducersTests : IDisposable
{
    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Fact]
    public void The_key_before_the_newest_ends_after_the_overlap_and_every_change_has_an_actor()
    {
        Add(1);
        Add(2);
        Assert.Equal([1, 2], Valid());
        here.Clock.Advance(Producers.Overlap.ToTimeSpan() - TimeSpan.FromSeconds(1));
        Assert.Equal([1, 2], Valid());
        here.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([2], Valid());
        here.Write(db => Producers.Disable(db, By(db), "player", here.Clock.Now()));
        Assert.Empty(Valid());
        Add(3);
        Assert.Equal([3], Valid());
        Assert.Equal(
            ["producer.add", "producer.add", "producer.disable", "producer.add"],
            here.Read(db => AuditLog.Of(db, "producer:player")).Select(line => line.Action));
    }

    [Fact]
    public async Task What_was_set_aside_goes_with_the_telemetry_and_its_counts_stay()
    {
        here.Import("contacts", "contact_id,customer_id,contacted_at,topic\nbad\nworse");
        here.Clock.Advance(TimeSpan.FromDays(2));
        here.Import("contacts", "contact_id,customer_id,contacted_at,topic\nbad");
        var rule = new RetentionRule(here.Clock.Now() - NodaTime.Duration.FromDays(1), 0);
        await Retention.Delete(here.Store, rule, step: 1, TestContext.Current.CancellationToken);
        Assert.Single(here.Read(db => Quarantine.List(db)));
        Assert.Equal(3, here.One<long>("SELECT sum(quarantined) FROM import"));
    }

    private static ActorId By(System.Data.Common.DbConnection db) => Actors.System(db, default);

    private void Add(byte key) => here.Write(db =>
        Producers.Add(db, By(db), "player", (KeyRole.Producer, [.. Enumerable.Repeat(key, 32)]), here.Clock.Now()));

    private IEnumerable<int> Valid() =>
        here.Read(db => Producers.Keys(db, here.Clock.Now())).Select(key => (int)key.Hash[0]);
}
