using Dapper;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Delivery;

namespace ProactiveCare.Tests.Notices.Delivery;

/// <summary>Several mails in flight at once, without threads: every step happens synchronously.</summary>
public sealed class DeliveryPoolTests : Postroom
{
    private readonly SlowTransport relay = new(4);
    private readonly RingingClock clock = new(Time.Parse("2026-03-14T12:00:00Z").ToDateTimeOffset());
    private readonly CancellationTokenSource stop = new();

    [Fact]
    public async Task Four_sessions_send_in_parallel_and_claim_little_more()
    {
        Queue(60);

        var step = NewDelivery(relay).RunOnce(stop.Token);

        Assert.Equal(4, relay.Offered.Count);
        Assert.Equal((20, 40), (Count("sending"), Count("queued")));
        while (relay.Accept()) Assert.True(Count("sending") <= 20);
        Assert.Equal(new DeliveryCounts(Sent: 60), await step);
        Assert.Equal((60, 4), (relay.Offered.Distinct().Count(), relay.MostAtOnce));
        Assert.Equal(60, relay.Offered.Count);
    }

    [Fact]
    public async Task Urgent_notices_go_first_and_the_cap_holds_within_a_claim()
    {
        for (var at = 0; at < 5; at++) Queue("n" + at);
        var urgent = Queue("u", request => request with { IsUrgent = true });

        var step = NewDelivery(relay).RunOnce(stop.Token);
        while (relay.Accept()) { }

        Assert.Equal(new DeliveryCounts(Sent: 4, Held: 2), await step);
        Assert.Equal((string)Row(urgent).message_id, relay.Offered[0]);
    }

    [Fact]
    public async Task Trouble_in_one_session_pauses_all_and_stops_further_claims()
    {
        Queue(60);
        var delivery = NewDelivery(relay);

        var step = delivery.RunOnce(stop.Token);
        relay.Answer(SendOutcome.NotSent, "421 busy", trouble: true);
        while (relay.Accept()) { }

        Assert.Equal(new DeliveryCounts(Sent: 3, RelayTrouble: "421 busy"), await step);
        Assert.Equal((4, 57), (relay.Offered.Count, Count("queued")));
        Assert.Equal(0, Installed.Read(db =>
            db.ExecuteScalar<int>("SELECT sum(attempts) FROM notice WHERE state = 'queued'")));
        Assert.Equal("421 busy", (await delivery.RunOnce(stop.Token)).RelayTrouble);
        Assert.Equal(4, relay.Offered.Count);
        clock.Advance(TimeSpan.FromSeconds(31));
        step = delivery.RunOnce(stop.Token);
        while (relay.Accept()) { }
        Assert.Equal(new DeliveryCounts(Sent: 57), await step);
    }

    [Fact]
    public async Task Result_is_stored_while_other_sessions_wait_for_theirs()
    {
        Queue(4);

        var step = NewDelivery(relay).RunOnce(stop.Token);
        relay.Accept();
        clock.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal((1, 3), (Count("sent"), Count("sending")));
        while (relay.Accept()) { }
        Assert.Equal(4, (await step).Sent);
    }

    [Fact]
    public async Task Stop_waits_20_s_for_replies_and_releases_unsent_claims()
    {
        Queue(60);

        var step = NewDelivery(relay).RunOnce(stop.Token);
        await stop.CancelAsync();
        while (Count("sending") > 4) await Task.Yield();
        relay.Accept();
        Assert.False(step.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(new DeliveryCounts(Sent: 1, Uncertain: 3), await step);
        Assert.Equal((1, 3, 56), (Count("sent"), Count("uncertain"), Count("queued")));
        Assert.Equal(4, relay.Offered.Count);
        Assert.Equal(56, Installed.Read(db =>
            db.ExecuteScalar<int>("SELECT count(*) FROM notice WHERE attempts = 0 AND next_attempt_at IS NOT NULL")));
    }

    [Theory]
    [InlineData(SendOutcome.RejectedFinal)]
    [InlineData(SendOutcome.Uncertain)]
    [InlineData(SendOutcome.NotSent)]
    public async Task Late_result_changes_no_claim_of_another(SendOutcome late)
    {
        var id = Queue("e1");
        var asleep = NewDelivery(relay).RunOnce(stop.Token);
        clock.Advance(TimeSpan.FromMinutes(31));
        var second = new SlowTransport(1);

        var awake = NewDelivery(second).RunOnce(stop.Token);
        relay.Answer(late, "late");
        Assert.Equal(new DeliveryCounts(), await asleep);
        Assert.Equal(("sending", 2L), ((string)Row(id).state, (long)Row(id).attempts));
        second.Accept();

        Assert.Equal(new DeliveryCounts(Sent: 1, Uncertain: 1), await awake);
        Assert.Equal(("sent", "250 ok", 1L),
            ((string)Row(id).state, (string)Row(id).relay_reply, (long)Row(id).uncertain_count));
    }

    [Fact]
    public async Task Late_result_counts_while_nobody_else_has_claimed()
    {
        var id = Queue("e1", request => request with { Topic = "legal" });
        var asleep = NewDelivery(relay).RunOnce(stop.Token);
        clock.Advance(TimeSpan.FromMinutes(31));
        await NewDelivery(new SlowTransport(1)).RunOnce(stop.Token);
        Assert.Equal("uncertain", State(id).State);

        relay.Accept();

        Assert.Equal(1, (await asleep).Sent);
        Assert.Equal(("sent", (string?)null), State(id));
    }

    [Fact]
    public async Task Result_refused_by_the_database_is_kept_and_the_mail_not_resent()
    {
        TestDatabase.SkipUnlessFile();
        Queue(10);
        var delivery = NewDelivery(relay);
        Installed.Write(db => db.Execute(
            """
            CREATE TRIGGER full BEFORE UPDATE ON notice WHEN NEW.state = 'sent'
            BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END
            """));
        var step = delivery.RunOnce(stop.Token);
        while (relay.Accept()) { }
        await Assert.ThrowsAnyAsync<Exception>(() => step);
        var offered = relay.Offered.Count;

        Installed.Write(db => db.Execute("DROP TRIGGER full"));
        step = delivery.RunOnce(stop.Token);
        while (relay.Accept()) { }

        Assert.Equal(new DeliveryCounts(Sent: 10), await step);
        Assert.True(offered > 0);
        Assert.Equal((10, 10), (relay.Offered.Count, relay.Offered.Distinct().Count()));
    }

    [Fact]
    public async Task Concurrent_steps_send_nothing_twice()
    {
        Queue(60);
        var delivery = NewDelivery(relay);

        var steps = new[] { delivery.RunOnce(stop.Token), delivery.RunOnce(stop.Token) };
        while (relay.Accept()) { }

        Assert.Equal(60, (await Task.WhenAll(steps)).Sum(counts => counts.Sent));
        Assert.Equal((60, 60), (relay.Offered.Count, relay.Offered.Distinct().Count()));
    }

    [Fact]
    public async Task Person_resolves_an_uncertain_mail()
    {
        var (has, hasNot) = (Queue("e1", Legal), Queue("e2", Legal));
        var step = NewDelivery(relay).RunOnce(stop.Token);
        while (relay.Answer(SendOutcome.Uncertain, "the connection broke")) { }
        Assert.Equal(2, (await step).Uncertain);
        var by = (Installed.Write(db => ProactiveCare.Audit.Actors.System(db, clock.Now())), "looked");

        Assert.True(Installed.Write(db => Resolution.Resolve(db, has, true, by, clock.Now())));
        Assert.True(Installed.Write(db => Resolution.Resolve(db, hasNot, false, by, clock.Now())));
        step = NewDelivery(relay).RunOnce(stop.Token);
        while (relay.Accept()) { }

        Assert.Equal(new DeliveryCounts(Sent: 1), await step);
        Assert.Equal(("sent", "sent"), (State(has).State, State(hasNot).State));
        Assert.Equal((string)Row(hasNot).message_id, relay.Offered[^1]);
        Assert.False(Installed.Write(db => Resolution.Resolve(db, has, false, by, clock.Now())));
        Assert.Equal(2, Installed.Read(db =>
            db.ExecuteScalar<int>("SELECT count(*) FROM audit WHERE action = 'notice.resolved'")));

        static NoticeRequest Legal(NoticeRequest request) => request with { Topic = "legal" };
    }

    private NoticeDelivery NewDelivery(IMailTransport way) =>
        new(Installed.Store, way, Renderer(), clock, new Random(1));

    private void Queue(int count)
    {
        for (var at = 0; at < count; at++) Queue("e" + at, request => request with { IsUrgent = true });
    }

    private int Count(string state) => Installed.Read(db =>
        db.ExecuteScalar<int>("SELECT count(*) FROM notice WHERE state = @state", new { state }));
}
