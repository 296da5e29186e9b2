using System.Collections.Concurrent;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Notices.Words;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Notices.Delivery;

/// <summary>Two workers with data folders of their own, one database and one relay.</summary>
public sealed class DeliveryNodesTests : Postroom
{
    private const string Expected = "250 ok";
    private static readonly Duration Lease = Settings.Lease;

    private readonly CountingRelay counting = new();
    private readonly DataFolder elsewhere;
    private readonly Store other;

    public DeliveryNodesTests()
    {
        if (TestDatabase.Server is null) Dispose();
        TestDatabase.SkipUnlessServer();
        elsewhere = new DataFolder(Installed.Folder.Path + "-b") { Server = Installed.Folder.Server };
        other = Store.Open(elsewhere, Installed.Clock);
    }

    [Fact]
    public async Task Two_nodes_send_each_notice_once()
    {
        Customers(50);
        Installed.Write(db => Queue(db, count: 10, customers: 50, urgent: true));

        var counts = await Both(counting);

        Assert.Equal(500, counts.Sum(each => each.Sent));
        Assert.Equal(500, counting.Offered.Count);
        Assert.Equal(500, counting.Offered.Distinct().Count());
        Assert.Equal(new DeliveryCounts(Sent: 500), counts[0] with { Sent = 500 });
        Assert.Equal(500, Count("state = 'sent' AND attempts = 1"));
    }

    [Fact]
    public async Task Two_nodes_share_the_daily_cap()
    {
        Customers(40);
        Installed.Write(db => Queue(db, count: 5, customers: 40, urgent: false));

        var counts = await Both(counting);

        Assert.Equal((120, 80), (counts.Sum(each => each.Sent), counts.Sum(each => each.Held)));
        Assert.Equal(0, Installed.Read(db => db.ExecuteScalar<int>(
            """
            SELECT count(*) FROM (
              SELECT customer_id FROM notice WHERE state = 'sent' GROUP BY customer_id HAVING count(*) <> 3) AS wrong
            """)));
    }

    [Fact]
    public async Task Concurrent_claims_for_a_customer_serialise_and_count_each_other()
    {
        for (var at = 0; at < 2; at++) Queue("e" + at);
        await Step();
        Queue("third");
        Queue("fourth");
        var renderer = Renderer();

        Task<DeliveryCounts> second = Task.FromResult(new DeliveryCounts());
        var first = await Beside(
            db => NoticeClaims.Take(db, renderer, 1, false, Installed.Clock.Now()),
            () => second = Task.Run(() => NewDelivery(other, counting).RunOnce(CancellationToken.None)));

        Assert.Equal(NoticeState.Sending, Assert.Single(first).State);
        Assert.Equal(new DeliveryCounts(Held: 1), await second);
        Assert.Empty(counting.Offered);
    }

    [Fact]
    public async Task Retried_claim_leaves_nothing_of_its_first_try()
    {
        var good = Queue("good", request => request with { IsUrgent = true });
        Queue("late", request => request with { ExpiresAt = Installed.Clock.Now() });

        Task<DeliveryCounts> second = Task.FromResult(new DeliveryCounts());
        await Beside(
            db => Actors.System(db, Installed.Clock.Now()),
            () => second = Task.Run(() => NewDelivery(other, counting).RunOnce(CancellationToken.None)));

        Assert.Equal(new DeliveryCounts(Sent: 1, Suppressed: 1), await second);
        Assert.Equal((string)Row(good).message_id, Assert.Single(counting.Offered));
        Assert.Equal(("sent", 1L, 0L),
            ((string)Row(good).state, (long)Row(good).attempts, (long)Row(good).uncertain_count));
        Assert.Equal(1, Installed.Read(db =>
            db.ExecuteScalar<int>("SELECT count(*) FROM audit WHERE action = 'notice.suppressed'")));
    }

    [Fact]
    public async Task Claims_of_a_live_worker_are_exclusive_until_its_lease_ends()
    {
        var slow = new SlowTransport(4);
        for (var at = 0; at < 3; at++) Queue("e" + at, request => request with { IsUrgent = true });
        var sending = NewDelivery(Installed.Store, slow).RunOnce(CancellationToken.None);

        // One that starts, and one that has run for long.
        var second = NewDelivery(other, counting);
        for (var minutes = 0; minutes < 29; minutes++)
        {
            Assert.Equal(new DeliveryCounts(), await second.RunOnce(CancellationToken.None));
            Installed.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        while (slow.Accept()) { }

        Assert.Equal(new DeliveryCounts(Sent: 3), await sending);
        Assert.Empty(counting.Offered);
        Assert.Equal(3, Count("state = 'sent' AND uncertain_count = 0"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Claims_of_a_dead_worker_become_uncertain_and_are_resent_unchanged(bool own)
    {
        var dead = new SlowTransport(2);
        for (var at = 0; at < 3; at++) Queue("e" + at, request => request with { IsUrgent = true });
        _ = NewDelivery(Installed.Store, dead).RunOnce(CancellationToken.None);
        Assert.Equal((2, 3), (dead.Offered.Count, Count("state = 'sending'")));

        var next = NewDelivery(own ? Installed.Store : other, counting);
        Assert.Equal(new DeliveryCounts(), await next.RunOnce(CancellationToken.None));
        Installed.Clock.Advance(Lease.ToTimeSpan());

        Assert.Equal(new DeliveryCounts(Sent: 3, Uncertain: 3), await next.RunOnce(CancellationToken.None));
        Assert.Equal(3, counting.Offered.Distinct().Count());
        Assert.Empty(dead.Offered.Except(counting.Offered));
        Assert.Equal(3, Count("state = 'sent' AND attempts = 2 AND uncertain_count = 1"));
        // Frozen, not dead: its late results change nothing, and it begins none of its unsent mails.
        while (dead.Answer(SendOutcome.RejectedFinal, "550 late")) { }
        Assert.Equal(2, dead.Offered.Count);
        Assert.Equal(3, Count($"state = 'sent' AND relay_reply = '{Expected}'"));
    }

    [Fact]
    public async Task Two_nodes_record_one_lost_mail_once()
    {
        Queue("e1", request => request with { Topic = "legal" });
        _ = NewDelivery(Installed.Store, new SlowTransport(1)).RunOnce(CancellationToken.None);
        Installed.Clock.Advance(Lease.ToTimeSpan());

        Task<DeliveryCounts> second = Task.FromResult(new DeliveryCounts());
        var first = await Beside(
            db => NoticeResults.Sweep(db, Settings, [], Installed.Clock.Now()),
            () => second = Task.Run(() => NewDelivery(other, counting).RunOnce(CancellationToken.None)));

        Assert.Equal((1, 0), (first, (await second).Uncertain));
        Assert.Equal(1, Count("state = 'uncertain' AND uncertain_count = 1"));
        Assert.Equal(1, Installed.Read(db =>
            db.ExecuteScalar<int>("SELECT count(*) FROM audit WHERE action = 'notice.uncertain'")));
    }

    protected override void Dispose(bool disposing)
    {
        if (elsewhere is not null)
        {
            other.Dispose();
            if (Directory.Exists(elsewhere.Path)) Directory.Delete(elsewhere.Path, recursive: true);
        }
        base.Dispose(disposing);
    }

    private NoticeDelivery NewDelivery(Store store, IMailTransport way) =>
        new(store, way, Renderer(), Installed.Clock, new Random(1));

    private Task<DeliveryCounts[]> Both(IMailTransport way) => Task.WhenAll(new[] { Installed.Store, other }.Select(
        store => Task.Run(() => NewDelivery(store, way).RunOnce(CancellationToken.None))));

    // The second must wait for the first, which does not end before the wait is observed.
    private Task<T> Beside<T>(Func<System.Data.Common.DbConnection, T> first, Action second) =>
        Installed.Store.Share(db =>
        {
            var result = first(db);
            second();
            ProactiveCare.Tests.Worker.RunningWorker.Until(() => Installed.Read(each => each.ExecuteScalar<int>(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """)) > 0).GetAwaiter().GetResult();
            return result;
        });

    private void Customers(int count) => Installed.Write(db => db.Execute(
        """
        INSERT INTO customer (customer_id, email, name, locale, status, content_hash, received_at)
        VALUES (@id, @email, 'Somebody', 'en-GB', 'active', zeroblob(1), 0)
        """,
        Enumerable.Range(0, count).Select(at => new { id = $"c{at}", email = $"c{at}@example.com" })));

    private void Queue(System.Data.Common.DbConnection db, int count, int customers, bool urgent)
    {
        for (var at = 0; at < count * customers; at++)
        {
            var request = Request("e" + at) with { Customer = new($"c{at % customers}"), IsUrgent = urgent };
            Outbox.Queue(db, request, Settings, Installed.Clock.Now());
        }
    }

    private int Count(string where) => Installed.Read(db =>
        db.ExecuteScalar<int>("SELECT count(*) FROM notice WHERE " + where));

    /// <summary>Takes every mail, on several threads, and remembers which.</summary>
    private sealed class CountingRelay : IMailTransport
    {
        public int Sessions => 4;

        public ConcurrentQueue<string> Offered { get; } = [];

        public async Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
        {
            await Task.Yield();
            Offered.Enqueue(mail.MessageId);
            return new(SendOutcome.Accepted, Expected);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
