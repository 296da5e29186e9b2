using Dapper;
using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Tests.Notices.Words;

namespace ProactiveCare.Tests.Notices.Delivery;

public sealed class DeliveryTests : Postroom
{
    private static readonly SendResult Later = new(SendOutcome.RejectedRetry, "451 later");
    private static readonly SendResult Lost = new(SendOutcome.Uncertain, "the connection broke");
    private static readonly SendResult Down = new(SendOutcome.NotSent, "421 busy", RelayTrouble: true);

    [Fact]
    public async Task Held_notice_is_sent_in_the_morning_with_current_facts()
    {
        Installed.Clock.Set("2026-03-14T22:00:00Z");
        var id = Queue("e1");

        Assert.Equal(new DeliveryCounts(Held: 1), await Step());
        Assert.Equal("quiet-hours (Europe/Vienna)", (string)Row(id).reason);
        Assert.Equal(new DeliveryCounts(), await Step());
        Installed.Write(db =>
            db.Execute("UPDATE customer SET name = 'Countess Ada', locale = 'en-GB', email = 'new@example.com'"));
        Installed.Clock.Set("2026-03-15T07:00:00Z");

        Assert.Equal(new DeliveryCounts(Sent: 1), await Step());
        var mail = Assert.Single(Relay.Mails);
        Assert.Equal("new@example.com", mail.To.Address);
        Assert.Contains("Dear Countess Ada, Die Nacht on Friday, 13", mail.Text, StringComparison.Ordinal);
        Assert.Null((string?)Row(id).reason);
    }

    [Fact]
    public async Task Notice_that_expires_while_held_is_suppressed_and_an_urgent_one_is_not_held()
    {
        Installed.Clock.Set("2026-03-14T22:00:00Z");
        var late = Queue("e1", request => request with { ExpiresAt = Time.Parse("2026-03-15T03:00:00Z") });
        Queue("e2", request => request with { IsUrgent = true });

        Assert.Equal(new DeliveryCounts(Sent: 1, Held: 1), await Step());
        Installed.Clock.Set("2026-03-15T07:00:00Z");

        Assert.Equal(new DeliveryCounts(Suppressed: 1), await Step());
        Assert.Equal(("suppressed", "expired"), State(late));
        Assert.Equal(1, Installed.Read(db => db.ExecuteScalar<int>(
            "SELECT count(*) FROM audit WHERE action = 'notice.suppressed' AND target = @target",
            new { target = "notice:" + late })));
    }

    [Fact]
    public async Task Daily_cap_holds_the_fourth_notice()
    {
        for (var at = 0; at < 4; at++) Queue("e" + at);

        Assert.Equal(new DeliveryCounts(Sent: 3, Held: 1), await Step());
        Installed.Clock.Set("2026-03-15T07:00:00Z");
        Assert.Equal(new DeliveryCounts(Sent: 1), await Step());
    }

    [Fact]
    public async Task Temporary_refusal_is_retried_until_given_up_with_an_alarm()
    {
        var id = Queue("e1");
        Relay.Answers(Later, Later, Later);

        Assert.Equal(new DeliveryCounts(Retried: 1), await Step());
        Assert.Equal(new DeliveryCounts(), await Step());
        Installed.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(new DeliveryCounts(Retried: 1), await Step());
        Installed.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(new DeliveryCounts(Bounced: 1), await Step());
        Assert.Equal(("bounced", "given up after 3 attempts: 451 later"), State(id));
        Assert.Single(Relay.Mails.Select(mail => mail.MessageId).Distinct());
        Assert.Equal(1,
            Installed.Read(db => db.ExecuteScalar<int>("SELECT count(*) FROM audit WHERE action = 'notice.bounced'")));
    }

    [Fact]
    public async Task Permanent_refusal_ends_one_notice_only()
    {
        var refused = Queue("e1");
        var fine = Queue("e2");
        Relay.Answers(new SendResult(SendOutcome.RejectedFinal, "550 no such user"));

        Assert.Equal(new DeliveryCounts(Sent: 1, Bounced: 1), await Step());
        Assert.Equal(("bounced", "refused: 550 no such user"), State(refused));
        Assert.Equal("sent", State(fine).State);
    }

    [Fact]
    public async Task Relay_trouble_counts_against_no_notice_and_opens_the_breaker()
    {
        var delivery = NewDelivery();
        var ids = new[] { Queue("e1"), Queue("e2") };
        Relay.Answers(Down, Down);

        Assert.Equal(new DeliveryCounts(RelayTrouble: "421 busy"), await delivery.RunOnce(CancellationToken.None));
        Assert.Equal(new DeliveryCounts(RelayTrouble: "421 busy"), await delivery.RunOnce(CancellationToken.None));
        Assert.Single(Relay.Mails);
        Assert.All(ids, id => Assert.Equal(("queued", 0L), ((string)Row(id).state, (long)Row(id).attempts)));
        Installed.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(new DeliveryCounts(RelayTrouble: "421 busy"), await delivery.RunOnce(CancellationToken.None));
        Installed.Clock.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(new DeliveryCounts(Sent: 2), await delivery.RunOnce(CancellationToken.None));
    }

    [Fact]
    public async Task Uncertain_mail_is_resent_unchanged()
    {
        var id = Queue("e1");
        Relay.Answers(Lost, Down);

        Assert.Equal(new DeliveryCounts(Uncertain: 1), await Step());
        Installed.Write(db => db.Execute("UPDATE customer SET name = 'Other'"));
        Installed.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("421 busy", (await Step()).RelayTrouble);
        Assert.Equal("uncertain", State(id).State);
        Assert.Equal(new DeliveryCounts(Sent: 1), await Step());

        Assert.Equal(3, Relay.Mails.Count);
        Assert.Equal(Samples.Bytes(Relay.Mails[0]), Samples.Bytes(Relay.Mails[2] with { To = Relay.Mails[0].To }));
        Assert.Equal(1L, (long)Row(id).uncertain_count);
    }

    [Fact]
    public async Task Uncertain_mail_of_a_chosen_topic_waits_for_a_person()
    {
        var id = Queue("e1", request => request with { Topic = "legal" });
        Relay.Answers(Lost);

        await Step();
        Installed.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(new DeliveryCounts(), await Step());
        Assert.Equal(("uncertain", "waits for a person: it may have arrived"), State(id));
    }

    [Fact]
    public async Task Worker_killed_while_sending_leaves_one_uncertain_mail_and_no_other_trace()
    {
        var id = Queue("e1");
        var other = Queue("e2");
        Relay.DiesNext = true;

        await Assert.ThrowsAsync<InvalidOperationException>(() => Step());
        Assert.Equal(("sending", "queued"), (State(id).State, State(other).State));
        Installed.Reopen();
        // With other senders present, the end of the lease alone shows that a sender is gone.
        if (Installed.Store.IsShared) Installed.Clock.Advance(Settings.Lease.ToTimeSpan());
        Assert.Equal(new DeliveryCounts(Sent: 2, Uncertain: 1), await Step());
        Assert.Equal(2, Relay.Mails.Count(mail =>
            Samples.Bytes(mail).SequenceEqual(Samples.Bytes(Relay.Mails[0]))));
        Assert.Equal("sent", State(id).State);
    }
}
