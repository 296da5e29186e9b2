using Dapper;
using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Notices;

public sealed class DeliveryTests : IDisposable
{
    private const string Template =
        "Subject: {{title}}\n\nDear {{customer_name}}, {{title}} on {{when}}. {{reply_to}}\n";

    private static readonly SendResult Accepted = new(SendOutcome.Accepted, "250 ok");
    private static readonly SendResult Later = new(SendOutcome.RejectedRetry, "451 later");
    private static readonly SendResult Lost = new(SendOutcome.Uncertain, "the connection broke");
    private static readonly SendResult Down = new(SendOutcome.NotSent, "421 busy", RelayTrouble: true);

    private readonly Installed installed = new();
    private readonly AnsweringTransport transport = new();
    private string? words = Template;

    public DeliveryTests() => installed.Write(db =>
    {
        Customer(db, "ada", "Ada **Byron**", "de-AT", "Europe/Vienna");
        Customer(db, "bob", "Bob", "en-GB", null);
    });

    internal static NoticeSettings Settings { get; } = new()
    {
        From = EmailAddress.Parse("care@example.com", "Example Video"),
        ReplyTo = EmailAddress.Parse("people@example.com"),
        Company = "Example Video",
        Domain = "example.com",
        TimeZone = DateTimeZoneProviders.Tzdb["America/New_York"],
        MaxAttempts = 3,
        HoldUncertain = new HashSet<string>(StringComparer.Ordinal) { "legal" },
    };

    [Fact]
    public async Task A_notice_is_queued_once_and_sent_once_in_the_customers_words()
    {
        var id = Queue("e1");
        Assert.Equal(id, Queue("e1"));

        var counts = await Step();
        var again = await Step();

        Assert.Equal(new DeliveryCounts(Sent: 1), counts);
        Assert.Equal(new DeliveryCounts(), again);
        var mail = Assert.Single(transport.Mails);
        Assert.Equal("ada@example.com", mail.To.Address);
        Assert.Equal("playback.example.com", mail.ListId);
        Assert.StartsWith("Dear Ada **Byron**, Die Nacht on Freitag, 13. März 2026, 20:15 (CET).",
            mail.Text.Replace('\n', ' '),
            StringComparison.Ordinal);
        var row = Row(id);
        Assert.Equal(("sent", "250 ok", "Die Nacht"),
            ((string)row.state, (string)row.relay_reply, (string)row.subject));
        Assert.Equal((long)row.date_at, mail.Date.ToUnixTimeMilliseconds());
        Assert.Equal($"<n{id}.{installed.Store.Installation.StoreId}@example.com>", mail.MessageId);
    }

    [Fact]
    public void A_notice_that_is_queued_in_a_work_that_fails_was_never_queued()
    {
        Assert.Throws<InvalidOperationException>(() => installed.Write(db =>
        {
            Outbox.Queue(db, Request("e1"), Settings, installed.Clock.Now());
            throw new InvalidOperationException("the event did not happen");
        }));

        Assert.Equal(0, installed.Read(db => db.ExecuteScalar<int>("SELECT count(*) FROM notice")));
    }

    [Fact]
    public async Task A_held_notice_goes_in_the_morning_as_things_stand_then()
    {
        installed.Clock.Set("2026-03-14T22:00:00Z");
        var id = Queue("e1");

        Assert.Equal(new DeliveryCounts(Held: 1), await Step());
        Assert.Equal("quiet-hours (Europe/Vienna)", (string)Row(id).reason);
        Assert.Equal(new DeliveryCounts(), await Step());
        installed.Write(db =>
            db.Execute("UPDATE customer SET name = 'Countess Ada', locale = 'en-GB', email = 'new@example.com'"));
        installed.Clock.Set("2026-03-15T07:00:00Z");

        Assert.Equal(new DeliveryCounts(Sent: 1), await Step());
        var mail = Assert.Single(transport.Mails);
        Assert.Equal("new@example.com", mail.To.Address);
        Assert.Contains("Dear Countess Ada, Die Nacht on Friday, 13", mail.Text, StringComparison.Ordinal);
        Assert.Null((string?)Row(id).reason);
    }

    [Fact]
    public async Task One_that_expired_while_it_was_held_is_suppressed_and_an_urgent_one_is_not_held()
    {
        installed.Clock.Set("2026-03-14T22:00:00Z");
        var late = Queue("e1", request => request with { ExpiresAt = Time.Parse("2026-03-15T03:00:00Z") });
        Queue("e2", request => request with { IsUrgent = true });

        Assert.Equal(new DeliveryCounts(Sent: 1, Held: 1), await Step());
        installed.Clock.Set("2026-03-15T07:00:00Z");

        Assert.Equal(new DeliveryCounts(Suppressed: 1), await Step());
        Assert.Equal(("suppressed", "expired"), State(late));
        Assert.Equal(1, installed.Read(db => db.ExecuteScalar<int>(
            "SELECT count(*) FROM audit WHERE action = 'notice.suppressed' AND target = @target",
            new { target = "notice:" + late })));
    }

    [Fact]
    public async Task The_cap_holds_the_fourth_of_a_day()
    {
        for (var at = 0; at < 4; at++) Queue("e" + at);

        Assert.Equal(new DeliveryCounts(Sent: 3, Held: 1), await Step());
        installed.Clock.Set("2026-03-15T07:00:00Z");
        Assert.Equal(new DeliveryCounts(Sent: 1), await Step());
    }

    [Fact]
    public async Task A_refusal_for_now_is_tried_again_until_it_is_given_up_aloud()
    {
        var id = Queue("e1");
        transport.Answers(Later, Later, Later);

        Assert.Equal(new DeliveryCounts(Retried: 1), await Step());
        Assert.Equal(new DeliveryCounts(), await Step());
        installed.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(new DeliveryCounts(Retried: 1), await Step());
        installed.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(new DeliveryCounts(Bounced: 1), await Step());
        Assert.Equal(("bounced", "given up after 3 attempts: 451 later"), State(id));
        Assert.Single(transport.Mails.Select(mail => mail.MessageId).Distinct());
        Assert.Equal(1,
            installed.Read(db => db.ExecuteScalar<int>("SELECT count(*) FROM audit WHERE action = 'notice.bounced'")));
    }

    [Fact]
    public async Task A_refusal_for_good_is_the_end_of_one_notice_only()
    {
        var refused = Queue("e1");
        var fine = Queue("e2");
        transport.Answers(new SendResult(SendOutcome.RejectedFinal, "550 no such user"));

        Assert.Equal(new DeliveryCounts(Sent: 1, Bounced: 1), await Step());
        Assert.Equal(("bounced", "refused: 550 no such user"), State(refused));
        Assert.Equal("sent", State(fine).State);
    }

    [Fact]
    public async Task The_relays_trouble_charges_no_notice_and_the_relay_rests()
    {
        var delivery = NewDelivery();
        var ids = new[] { Queue("e1"), Queue("e2") };
        transport.Answers(Down, Down);

        Assert.Equal(new DeliveryCounts(RelayTrouble: "421 busy"), await delivery.Step(CancellationToken.None));
        Assert.Equal(new DeliveryCounts(RelayTrouble: "421 busy"), await delivery.Step(CancellationToken.None));
        Assert.Single(transport.Mails);
        Assert.All(ids, id => Assert.Equal(("queued", 0L), ((string)Row(id).state, (long)Row(id).attempts)));
        installed.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(new DeliveryCounts(RelayTrouble: "421 busy"), await delivery.Step(CancellationToken.None));
        installed.Clock.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(new DeliveryCounts(Sent: 2), await delivery.Step(CancellationToken.None));
    }

    [Fact]
    public async Task An_uncertain_mail_is_sent_again_to_the_letter()
    {
        var id = Queue("e1");
        transport.Answers(Lost, Down);

        Assert.Equal(new DeliveryCounts(Uncertain: 1), await Step());
        installed.Write(db => db.Execute("UPDATE customer SET name = 'Other'"));
        installed.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("421 busy", (await Step()).RelayTrouble);
        Assert.Equal("uncertain", State(id).State);
        Assert.Equal(new DeliveryCounts(Sent: 1), await Step());

        Assert.Equal(3, transport.Mails.Count);
        Assert.Equal(transport.Mails[0].ToMime(), (transport.Mails[2] with { To = transport.Mails[0].To }).ToMime());
        Assert.Equal(1L, (long)Row(id).uncertain_count);
    }

    [Fact]
    public async Task An_uncertain_mail_of_a_chosen_topic_waits_for_a_person()
    {
        var id = Queue("e1", request => request with { Topic = "legal" });
        transport.Answers(Lost);

        await Step();
        installed.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(new DeliveryCounts(), await Step());
        Assert.Equal(("uncertain", "waits for a person: it may have arrived"), State(id));
    }

    [Fact]
    public async Task A_worker_that_dies_while_it_sends_leaves_an_uncertain_mail_and_no_other_trace()
    {
        var id = Queue("e1");
        var other = Queue("e2");
        transport.DiesNext = true;

        await Assert.ThrowsAsync<InvalidOperationException>(() => Step());
        Assert.Equal(("sending", "queued"), (State(id).State, State(other).State));
        installed.Reopen();
        Assert.Equal(new DeliveryCounts(Sent: 1), await Step());
        installed.Clock.Advance(TimeSpan.FromMinutes(30));

        Assert.Equal(new DeliveryCounts(Sent: 1, Uncertain: 1), await Step());
        Assert.Equal(transport.Mails[0].ToMime(), transport.Mails[2].ToMime());
        Assert.Equal("sent", State(id).State);
    }

    [Fact]
    public async Task Words_that_are_not_there_are_a_reason_and_not_a_standstill()
    {
        words = null;
        var wordless = Queue("e1");
        Assert.Equal(new DeliveryCounts(Suppressed: 1), await Step());
        words = "Subject: x\n\n{{not_there}}";
        var broken = Queue("e2");
        Assert.Equal(new DeliveryCounts(Suppressed: 1), await Step());

        Assert.Contains("no notice for 'refunded' in 'de-AT'", State(wordless).Reason, StringComparison.Ordinal);
        Assert.Contains("not_there is undefined", State(broken).Reason, StringComparison.Ordinal);
        Assert.Empty(transport.Mails);
    }

    [Fact]
    public async Task Mail_to_staff_has_our_own_words_and_no_quiet_hours()
    {
        installed.Clock.Set("2026-03-14T23:00:00Z");
        installed.Write(db => Outbox.Queue(db, new NoticeRequest
        {
            EventKey = "summary:2026-03-14",
            Event = NoticeEvent.Summary,
            Topic = "summary",
            Staff = EmailAddress.Parse("ops@example.com", "Operations"),
            Facts = new()
            {
                ["headline"] = new NoticeValue.Words("41 people helped before they asked, 3 wait for you"),
                ["line_1"] = new NoticeValue.Words("38 refunds"),
                ["line_2"] = new NoticeValue.Sum(new Money(19962, Currency.Of("USD"))),
                ["action"] = new NoticeValue.Words("Look at: proactive-care credits list"),
            },
        }, Settings, installed.Clock.Now()));

        Assert.Equal(new DeliveryCounts(Sent: 1), await Step());
        var mail = Assert.Single(transport.Mails);
        Assert.Equal("Example Video: 41 people helped before they asked, 3 wait for you", mail.Subject);
        Assert.Equal(
            "41 people helped before they asked, 3 wait for you\n\n- 38 refunds\n- USD\u00A0199.62\n\n"
            + "Look at: proactive-care credits list\n",
            mail.Text);
        Assert.Null(mail.ListId);
    }

    [Theory]
    [InlineData("UPDATE notice SET message_id = '<x@y>'")]
    [InlineData("UPDATE notice SET date_at = 1")]
    [InlineData("UPDATE notice SET state = 'suppressed'")]
    [InlineData("UPDATE notice SET state = 'sent'")]
    public void The_database_refuses_a_new_identity_and_an_end_without_its_reason(string sql)
    {
        Queue("e1");

        Assert.ThrowsAny<System.Data.Common.DbException>(() => installed.Write(db => db.Execute(sql)));
    }

    [Fact]
    public async Task Delivery_to_a_folder_leaves_a_file_a_notice()
    {
        Queue("e1");
        Queue("e2", request => request with { Customer = new("bob") });
        await using var folder = new MailFolder(installed.Folder.Inside("outbox"));

        var counts =
            await new Delivery(installed.Store, folder, Renderer(), installed.Clock, new Random(1))
                .Step(CancellationToken.None);

        Assert.Equal(new DeliveryCounts(Sent: 2), counts);
        Assert.Equal(2, Directory.GetFiles(installed.Folder.Inside("outbox"), "*.eml").Length);
    }

    public void Dispose() => installed.Dispose();

    private static void Customer(System.Data.Common.DbConnection db, string id, string name, string locale,
        string? zone) =>
        db.Execute(
            """
            INSERT INTO customer (customer_id, email, name, locale, time_zone, status, content_hash, received_at)
            VALUES (@id, @email, @name, @locale, @zone, 'active', x'00', 0)
            """,
            new { id, email = id + "@example.com", name, locale, zone });

    private static NoticeRequest Request(string key) => new()
    {
        EventKey = key,
        Event = NoticeEvent.Refunded,
        Topic = "playback",
        Customer = new("ada"),
        Job = new("slow-video-stream"),
        JobVersion = new("abc"),
        Case = new(7),
        Facts = new()
        {
            ["title"] = new NoticeValue.Words("Die Nacht"),
            ["when"] = new NoticeValue.Moment(Time.Parse("2026-03-13T19:15:00Z")),
        },
    };

    private NoticeId Queue(string key, Func<NoticeRequest, NoticeRequest>? change = null) => installed.Write(db =>
        Outbox.Queue(db, change is null ? Request(key) : change(Request(key)), Settings, installed.Clock.Now()));

    private NoticeRenderer Renderer() => new(Settings, (_, _, _, _) => words);

    private Delivery NewDelivery() => new(installed.Store, transport, Renderer(), installed.Clock, new Random(1));

    private Task<DeliveryCounts> Step() => NewDelivery().Step(CancellationToken.None);

    private dynamic Row(NoticeId id) =>
        installed.Read(db => db.QuerySingle("SELECT * FROM notice WHERE notice_id = @id", new { id }));

    private (string State, string? Reason) State(NoticeId id) => ((string)Row(id).state, (string?)Row(id).reason);

    /// <summary>Keeps what it is given, and answers as it was told, then always yes.</summary>
    private sealed class AnsweringTransport : IMailTransport
    {
        private readonly Queue<SendResult> answers = new();

        public List<OutgoingMail> Mails { get; } = [];

        public bool DiesNext { get; set; }

        public void Answers(params SendResult[] results)
        {
            foreach (var result in results) answers.Enqueue(result);
        }

        public Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
        {
            Mails.Add(mail);
            if (!DiesNext) return Task.FromResult(answers.TryDequeue(out var answer) ? answer : Accepted);
            DiesNext = false;
            throw new InvalidOperationException("the process is gone");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
